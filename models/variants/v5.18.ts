import { variant } from '../catalogue/variant';
import { kvm_tdp_mmu_zap_sp, zap_leafs } from '../kernel/tdp_mmu';

/** 5.18: recovery zaps exactly the page it took. When dirty logging starts, the TDP MMU's huge leaves are split. */
export default variant({
  kind: 'baseline',
  base: 'v5.16',
  source: '5.18, with every defect found later fixed',
  expect: 'conforms',
  contract: { recovery_zaps_ranges: false, eager_split_tdp: true, invalidation_drops_tables: false },
  kernel: {
    tdp_mmu_zap_for_recovery: kvm_tdp_mmu_zap_sp,
    tdp_mmu_unmap_gfn_range: zap_leafs,
    eager_split: { tdp: true, nested: false },
  },
});
