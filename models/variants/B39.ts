import { variant } from '../catalogue/variant';

/**
 * An exec fault over 4K backing builds a table that is flagged and not listed. The table stays when a huge page backs
 * the region again.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a table that was built over 4K pages stays when the huge page is back, on no list',
  since: '6.1',
  source: 'foretold by the models, then seen on 6.1.192, 6.12.117 and 7.3.4',
  expect: { violates: ['huge-pages-return'] },
  kernel: { drops_idle_tables: { when_backing_heals: false } },
});
