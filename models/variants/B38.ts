import { variant } from '../catalogue/variant';

/**
 * When dirty logging stops, only the leaves are dropped of a shadow table that an exec fault built under dirty logging.
 * The table stays.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: "the shadow MMU's tables stay when dirty logging stops",
  since: '6.1',
  source: 'seen on 6.1, 6.12 and 7.3.4 (shadow MMU)',
  expect: { violates: ['huge-pages-return'] },
  kernel: { drops_idle_tables: { when_logging_stops: { shadow: false } } },
});
