import { variant } from '../catalogue/variant';

/** What Linux 6.1 shipped: B38 and B39; its later stable updates know `never`. */
export default variant({
  kind: 'shipped',
  base: 'v6.1',
  source: '6.1.192, recorded',
  expect: { violates: ['huge-pages-return'] },
  contract: { never_is_for_good: true },
  kernel: {
    has_never: true,
    drops_idle_tables: { when_logging_stops: { tdp: false, shadow: false }, when_backing_heals: false },
  },
});
