import { variant } from 'kvm-nx-harness';
import * as again from './written_again';

/** Every entry of the table of functions, replaced by what 5.12 has there. */
export default variant({
  base: 'v5.12',
  source: 'a copy of the defaults',
  kernel: {
    ...again.of_all_eras,
    lists: ['lpage_disallowed_mmu_pages'],
    has_tdp_mmu: true,
    has_exempt_vms: false,
    has_initially_set: true,
    protects_huge_pages_when_cleared: true,
    has_never: false,
    tdp_roots_outlive_their_vcpus: false,
    mmu_lock_is_rwlock: true,
    keeps_region_small: () => true,
    tdp_mmu_install_child: again.link_then_account,
    still_to_be_tracked: (sp) => sp.parent_ptes.length > 0,
    account_nx_huge_page: again.account_huge_nx_page,
    recover_nx_huge_pages: again.recover_one_list,
    tdp_mmu_zap_for_recovery: again.zap_range_of,
    unaccounts_dirty_pages: false,
    slot_for_recovery: again.slot_in_usual_address_space,
    recovery_period: again.fixed_recovery_period,
    worker_starts_at_first_run: false,
    worker_is_a_vhost_task: false,
    zaps_parentless_nested_pages: true,
    track_write_zaps_parentless_pages: false,
    eager_split: { tdp: false, nested: false },
    tdp_mmu_unmap_gfn_range: again.zap_of(true),
    tdp_mmu_dirty_logging_stopped: again.zap_collapsible_tables,
  },
});
