import { variant } from '../catalogue/variant';
import { KVM_PAGES_PER_HPAGE } from '../kernel/spte';
import { zap_gfn_range } from '../kernel/tdp_mmu';

/** 5.10 (29cf0f5007a2): adds the TDP MMU, whose pages are on the same list. Recovery zaps a TDP page by its range. */
export default variant({
  kind: 'baseline',
  base: 'v5.5',
  source: '5.10 and 5.11, with B2, B3 and B31 fixed',
  expect: 'conforms',
  contract: {
    tdp_mmu: true,
    tdp_roots_outlive_their_vcpus: false,
    recovery_zaps_ranges: true,
    invalidation_drops_tables: true,
    nested_subtree_goes_along: true,
    logs_may_begin_all_dirty: true,
  },
  kernel: {
    has_tdp_mmu: true,
    tdp_roots_outlive_their_vcpus: false,
    has_initially_set: true,
    zaps_parentless_nested_pages: true,
    tdp_mmu_unmap_gfn_range: zap_gfn_range,
    tdp_mmu_zap_for_recovery(kvm, sp) {
      return zap_gfn_range(kvm, sp.gfn, sp.gfn + KVM_PAGES_PER_HPAGE(kvm.world.fan_out, sp.role.level + 1));
    },
  },
});
