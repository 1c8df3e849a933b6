import { kvm_tdp_mmu_zap_sp, link_then_account, zap_leafs } from '../kernel/tdp_mmu';
import { calc_nx_huge_pages_recovery_period } from '../kernel/worker';
import { variant } from '../variant';

/** 5.18: mmu_lock is an rwlock (5.12), the period a parameter (5.16), recovery zaps exactly the page it took. */
export default variant({
  kind: 'era',
  base: 'v5.10',
  source: '5.18, with every defect found later mended',
  expect: 'conforms',
  contract: { eager_split_tdp: true, invalidation_drops_tables: false, period_follows_ratio: true },
  kernel: {
    mmu_lock_is_rwlock: true,
    tdp_mmu_install_child: link_then_account,
    tdp_mmu_zap_for_recovery: kvm_tdp_mmu_zap_sp,
    tdp_mmu_unmap_gfn_range: zap_leafs,
    eager_split: { tdp: true, nested: false },
    recovery_period: calc_nx_huge_pages_recovery_period,
  },
});
