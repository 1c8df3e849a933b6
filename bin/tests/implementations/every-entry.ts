import { variant } from 'kvm-nx-harness';
import * as again from './written_again';

/** Every entry of the table of functions, replaced by what 6.18 has there. */
export default variant({
  base: 'v6.18',
  source: 'a copy of the defaults',
  kernel: {
    ...again.of_all_eras,
    lists: ['possible_nx_huge_pages[KVM_SHADOW_MMU]', 'possible_nx_huge_pages[KVM_TDP_MMU]'],
    has_tdp_mmu: true,
    has_exempt_vms: true,
    has_never: true,
    tdp_roots_outlive_their_vcpus: true,
    slot_zap_is_a_quirk: true,
    has_initially_set: true,
    has_memory_attributes: true,
    protects_huge_pages_when_cleared: true,
    mmu_lock_is_rwlock: true,
    keeps_region_small: (sp) => sp.nx_huge_page_disallowed,
    tdp_mmu_install_child: again.flag_link_track,
    still_to_be_tracked: (sp) => sp.nx_huge_page_disallowed,
    account_nx_huge_page: again.account_nx_huge_page,
    recover_nx_huge_pages: again.recover_list_per_type,
    tdp_mmu_zap_for_recovery: again.kvm_tdp_mmu_zap_sp,
    unaccounts_dirty_pages: true,
    slot_for_recovery: again.slot_in_own_address_space,
    recovery_period: again.calc_nx_huge_pages_recovery_period,
    worker_starts_at_first_run: true,
    worker_is_a_vhost_task: true,
    zaps_parentless_nested_pages: true,
    track_write_zaps_parentless_pages: true,
    eager_split: { tdp: true, nested: true },
    tdp_mmu_unmap_gfn_range: again.zap_of(false),
    tdp_mmu_dirty_logging_stopped: again.collapse_tables_with_leaves,
    ...again.tdp_pages,
    kvm_mod_used_mmu_pages: again.count_used,
  },
});
