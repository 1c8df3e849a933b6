import { variant } from '../catalogue/variant';
import { is_table_for } from '../kernel/child_sp';

/**
 * L1's entry of a nested guest comes to point outside all slots, behind write tracking. The guest faults on a leaf of 4K that is
 * write-protected, and an MMIO SPTE is written over it. Nothing takes the leaf off its reverse map, off the counter of pages or out
 * of TLBs. It shows only where such a fault walks into the tables of the memory, as before 0cb2af2ea66a (7.1). What other faults do
 * there is B52, left out here.
 */
export default variant({
  kind: 'defect',
  base: 'v6.4',
  title: 'an MMIO SPTE is written over a leaf that is present',
  since: '5.13',
  source: 'fixed by aad885e77496 (7.0, CVE-2026-23401)',
  expect: {
    violates: ['primitives-are-used-rightly', 'page-stats-count-leaves'],
    follows: ['nothing-reachable-unflushed', 'huge-pages-return', 'leaves-fit-their-slots'],
  },
  kernel: {
    is_table_for: (child, gfn, noslot, direct) => noslot || is_table_for(child, gfn, noslot, direct),
    drops_spte_for_mmio: false,
  },
});
