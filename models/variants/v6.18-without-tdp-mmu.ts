import { variant } from '../catalogue/variant';

/** 6.18 with kvm.tdp_mmu=0: the shadow MMU maps L1, too, with direct pages. All else is as in 6.18. */
export default variant({
  kind: 'baseline',
  base: 'v6.18',
  source: 'kvm.tdp_mmu=0, a parameter of the module',
  expect: 'conforms',
  contract: { tdp_mmu: false, eager_split_tdp: false, eager_split_nested: false },
  kernel: { has_tdp_mmu: false },
});
