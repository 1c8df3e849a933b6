import { variant } from '../catalogue/variant';

/**
 * When dirty logging stops, the shadow MMU asks how large a page may be at the gfn of a leaf's table. Where the table covers
 * more than the slot, that gfn lies before the slot, and lpage_info is read out of its bounds.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18-without-tdp-mmu',
  title: 'lpage_info of a slot is read for a gfn before the slot',
  since: '6.1',
  source: 'fixed by ef057cbf825e (7.2); from reading',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: { gfn_to_collapse: (_kvm, sp) => sp.gfn },
});
