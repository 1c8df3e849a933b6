/** The default of every entry, written again with nothing but what the package exports. */
import { type KernelOps, PG_LEVEL_4K, spte } from 'kvm-nx-harness';
import { lists } from './again/accounting';
import { find_shadow_page, hugepage_adjust, leaf } from './again/faults';
import { limits } from './again/limits';
import { is_obsolete_sp } from './again/memslots';
import { drop_the_lock, to_zap, vm_list, zap_all_with_slots_lock, zap_invalidated_roots } from './again/recovery';
import { slots } from './again/slots';
import { life } from './again/worker';

export * from './again/accounting';
export * from './again/faults';
export { count_used, tdp_pages } from './again/limits';
export * from './again/memslots';
export * from './again/recovery';

/** What is the same in all baselines. */
export const of_all_eras: Partial<KernelOps> = {
  ...lists,
  ...life,
  ...limits,
  ...slots,
  kvm_mmu_hugepage_adjust: hugepage_adjust,
  make_spte: leaf,
  is_nx_huge_page_enabled: (kvm) => kvm.params.nx_huge_pages && !kvm.disable_nx_huge_pages,
  kvm_mmu_find_shadow_page: find_shadow_page,
  child_role_level: (level) => level - 1,
  tdp_faults_make_room: false,
  tdp_mmu_accounts: (fault, level) => fault.req_level >= level,
  flags_table: ({ huge_page_disallowed }) => huge_page_disallowed,
  flags_before_publishing: true,
  slot_zap_is_a_quirk: false,
  has_initially_set: false,
  has_memory_attributes: false,
  destroys_vcpus_first: true,
  has_pre_fault_memory: false,
  prefaults_retry_on_invalid_slots: false,
  prefaults_use_obsolete_roots: false,
  is_spurious_prefault: spte.is_leaf,
  builds_tables_outside_slots: false,
  warns_without_slot: (kvm, sp) => kvm.sps.includes(sp),
  mmu_seq_is_an_int: false,
  is_table_for: (child, gfn, _noslot, direct = true) => child.gfn === gfn && child.role.direct === direct,
  compares_roles_of_tables: true,
  drops_spte_for_mmio: true,
  protects_huge_pages_when_cleared: false,
  to_zap,
  tdp_zap_may_yield: false,
  finish_pass: drop_the_lock,
  recovery_cond_resched: drop_the_lock,
  accumulate_flush(kvm, zapped) {
    kvm.running.flush = kvm.running.flush || zapped;
  },
  zap_all_on_toggle: zap_all_with_slots_lock,
  kvm_tdp_mmu_zap_invalidated_roots: zap_invalidated_roots,
  vm_list,
  dirty_log_start_level: PG_LEVEL_4K,
  is_obsolete_sp,
  drops_idle_tables: { when_logging_stops: { tdp: true, shadow: true }, when_backing_heals: true },
};
