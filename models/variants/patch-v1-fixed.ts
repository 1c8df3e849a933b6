import { variant } from '../catalogue/variant';
import { recover_two_lists } from '../kernel/patch_v1';
import { kvm_tdp_mmu_zap_sp } from '../kernel/tdp_mmu';

/**
 * The patch of 2020 with every defect fixed: two lists, two counters, two passes. The V defects are put into this
 * baseline.
 */
export default variant({
  kind: 'baseline',
  base: 'v5.10',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25, fixed',
  expect: 'conforms',
  contract: { list_per_type: true },
  kernel: {
    lists: ['lpage_disallowed_mmu_pages', 'tdp_mmu_lpage_disallowed_pages'],
    recover_nx_huge_pages: recover_two_lists(false),
    tdp_mmu_zap_for_recovery: kvm_tdp_mmu_zap_sp,
  },
});
