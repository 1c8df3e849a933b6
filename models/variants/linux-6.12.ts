import { variant } from '../variant';

/** What Linux 6.12 shipped: 6.4's mechanism, with B38 and B39. */
export default variant({
  kind: 'shipped',
  base: 'v6.4',
  source: '6.12.117, recorded',
  expect: { violates: ['huge-pages-return'] },
  kernel: {
    drops_idle_tables: { when_logging_stops: { tdp: false, shadow: false }, when_backing_heals: false },
  },
});
