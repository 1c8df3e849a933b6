import { variant } from '../catalogue/variant';

/** Linux 7.3 with B30 mended: B37, B38 and B39 are still in it. */
export default variant({
  kind: 'shipped',
  base: 'v6.18',
  source: '7.3.4 with B30 mended, recorded',
  expect: { violates: ['huge-pages-return'] },
  kernel: {
    drops_idle_tables: { when_logging_stops: { tdp: false, shadow: false }, when_backing_heals: false },
  },
});
