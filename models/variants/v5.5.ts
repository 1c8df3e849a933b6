import { INIT_LIST_HEAD } from '../kernel/list';
import { zap_all_with_slots_lock } from '../kernel/memslots';
import * as nx from '../kernel/nx_huge_pages';
import * as tdp from '../kernel/tdp_mmu';
import { fixed_recovery_period } from '../kernel/worker';
import * as life from '../kernel/worker_life';
import { first_era } from '../variant';

/** 5.5 to 5.9: the shadow MMU maps everything, one list, mmu_lock is a spinlock. */
export default first_era({
  kind: 'era',
  source: '5.5 to 5.9, with B1 and B6 mended',
  expect: 'conforms',
  contract: {
    tdp_mmu: false,
    list_per_type: false,
    any_table_keeps_region_small: true,
    exec_splits_huge_leaf: false,
    dirty_tables_stay: false,
    slots_by_address_space: false,
    eager_split_tdp: false,
    eager_split_nested: false,
    collapses_in_place: false,
    invalidation_drops_tables: false,
    nested_subtree_goes_along: false,
    period_follows_ratio: false,
    worker_starts_at_first_run: false,
  },
  kernel: {
    books: ['lpage_disallowed_mmu_pages'],
    init_book: INIT_LIST_HEAD,
    has_tdp_mmu: false,
    mmu_lock_is_rwlock: false,
    keeps_region_small: () => true,
    child_role_level: (level) => level - 1,
    tdp_mmu_install_child: tdp.account_then_link,
    tdp_mmu_accounts: (fault, level) => fault.req_level >= level,
    flags_table: ({ huge_page_disallowed }) => huge_page_disallowed,
    flags_before_publishing: true,
    still_to_be_tracked: (sp) => sp.parent_ptes.length > 0,
    account_nx_huge_page: nx.account_huge_nx_page,
    unaccount_nx_huge_page: nx.unaccount_nx_huge_page,
    tdp_mmu_account: (kvm, sp) => kvm.ops.account_nx_huge_page(kvm, sp, true),
    tdp_mmu_unlink_sp: nx.tdp_mmu_unlink_sp,
    track_possible_nx_huge_page: nx.track_possible_nx_huge_page,
    untrack_possible_nx_huge_page: nx.untrack_possible_nx_huge_page,
    to_zap: nx.to_zap,
    recover_nx_huge_pages: nx.recover_one_list,
    tdp_zap_may_yield: false,
    finish_pass: nx.drop_the_lock,
    tdp_mmu_zap_for_recovery: tdp.kvm_tdp_mmu_zap_sp,
    unaccounts_dirty_pages: false,
    slot_for_recovery: nx.slot_in_usual_address_space,
    recovery_period: fixed_recovery_period,
    zap_all_on_toggle: zap_all_with_slots_lock,
    worker_starts_at_first_run: false,
    create_worker_once: life.create_worker_once,
    kvm_wake_nx_recovery_thread: life.kvm_wake_nx_recovery_thread,
    kvm_mmu_pre_destroy_vm: life.kvm_mmu_pre_destroy_vm,
    zaps_parentless_nested_pages: false,
    eager_split: { tdp: false, nested: false },
    tdp_mmu_unmap_gfn_range: tdp.zap_leafs,
    tdp_mmu_dirty_logging_stopped: tdp.zap_collapsible_tables,
    drops_idle_tables: { when_logging_stops: { tdp: true, shadow: true }, when_backing_heals: true },
  },
});
