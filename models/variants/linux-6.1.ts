import { variant } from '../variant';

/** What Linux 6.1 shipped: 5.18's mechanism, nested huge leaves split eagerly, B38. */
export default variant({
  kind: 'shipped',
  base: 'v5.18',
  source: '6.1.192, recorded',
  expect: { violates: ['huge-pages-return'] },
  contract: { eager_split_nested: true },
  kernel: {
    eager_split: { tdp: true, nested: true },
    drops_idle_tables: { when_logging_stops: { tdp: false, shadow: false }, when_backing_heals: false },
  },
});
