import { variant } from '../catalogue/variant';

/**
 * A fault outside all slots builds tables for an MMIO SPTE. A slot that is created there finds them: they are on no list, so
 * an exec fault counts no split, and where an exec fault has built them the region stays mapped by 4K pages for good.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a table built outside all slots stays when a slot comes, on no list',
  since: '6.1',
  source: 'seen on 6.1.192, 6.12.118 and 7.3.4',
  expect: { violates: ['huge-pages-return'], follows: ['stat-equals-splits', 'to-zap-nonzero-when-splits-exist'] },
  kernel: { builds_tables_outside_slots: true },
});
