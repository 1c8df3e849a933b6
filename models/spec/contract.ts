/**
 * In what ways baselines differ that a guest or userspace may observe: the reference's part of a baseline. None of
 * these is a defect. For each there is a recorded step or a test that fails when the value is inverted.
 */
export interface Contract {
  /** 5.10: the TDP MMU maps L1. Before, the shadow MMU does. */
  readonly tdp_mmu: boolean;
  /** 6.18: the pages of each MMU are recovered separately, those of the shadow MMU first. */
  readonly list_per_type: boolean;
  /** Up to 6.1: any table keeps its region small. Since 6.2 only a table that an exec fault built does. */
  readonly any_table_keeps_region_small: boolean;
  /**
   * 6.2 (TDP): an exec fault on a huge leaf splits it, and all of its 4K pages stay mapped. Before, the leaf is zapped.
   */
  readonly exec_splits_huge_leaf: boolean;
  /**
   * 5.10 to 5.17: for an L1 table that it took, a pass zaps the table's range in every root. Since 5.18 it zaps only
   * that table.
   */
  readonly recovery_zaps_ranges: boolean;
  /** 6.2: a pass takes a table in a dirty-logged slot off its list and leaves it linked. */
  readonly dirty_tables_stay: boolean;
  /** 6.4: a pass looks up that slot in the table's own address space. Before, in the usual one. */
  readonly slots_by_address_space: boolean;
  /** 5.18: huge leaves are split when dirty logging starts; from about 5.19, those of nested guests too. */
  readonly eager_split_tdp: boolean;
  readonly eager_split_nested: boolean;
  /** 6.13 (TDP): when dirty logging stops, tables are collapsed in place. Before, they are zapped. */
  readonly collapses_in_place: boolean;
  /** Up to 5.17 (TDP): tables inside an invalidated range go with their leaves. */
  readonly invalidation_drops_tables: boolean;
  /**
   * 5.10: the nested tables below a zapped one are zapped too. Before (and always for L1's shadow tables), they stay.
   */
  readonly nested_subtree_goes_along: boolean;
  /**
   * 7.3 or before: when a nested guest's hypervisor writes to an entry, the tables to which nothing else leads are
   * zapped.
   */
  readonly entry_takes_its_tables_along: boolean;
  /** 6.0: KVM_CAP_VM_DISABLE_NX_HUGE_PAGES exempts one VM from the mitigation. */
  readonly vms_may_be_exempt: boolean;
  /** 6.12: KVM_X86_QUIRK_SLOT_ZAP_ALL can be turned off: a slot that goes takes its own leaves along, and no others. */
  readonly slot_zap_is_a_quirk: boolean;
  /** 5.7: dirty logging can begin with all pages dirty (KVM_DIRTY_LOG_INITIALLY_SET). */
  readonly logs_may_begin_all_dirty: boolean;
  /** 5.13: then huge pages are split, or protected, when a dirty bit under them is cleared. Before, when logging begins. */
  readonly huge_pages_protected_when_cleared: boolean;
  /** 6.8: pages have attributes (KVM_SET_MEMORY_ATTRIBUTES), and no huge page has mixed ones. */
  readonly has_memory_attributes: boolean;
  /** 6.11: userspace can have a page mapped before the guest accesses it (KVM_PRE_FAULT_MEMORY). */
  readonly has_pre_fault_memory: boolean;
  /** 6.13: a prefault leaves the leaves of the shadow MMU as it finds them. Before, it writes them anew, and maps their neighbours. */
  readonly prefaults_spare_leaves: boolean;
  /**
   * A fault of the shadow MMU that finds the leaf that it would write leaves it alone, and maps no neighbours (RET_PF_SPURIOUS). No
   * baseline promises it: it depends on the accessed bit, which the processor sets.
   */
  readonly found_leaves_stay_alone: boolean;
  /** 6.5: nx_huge_pages=never, which cannot be taken back. Before, it is read as a boolean, and means off. */
  readonly never_is_for_good: boolean;
  /**
   * 6.12: the worker is a thread of the process that creates it, and is killed with that process. Before, it is a
   * kthread.
   */
  readonly worker_can_be_killed: boolean;
  /**
   * 5.16: nx_huge_pages_recovery_period_ms exists, and the default period follows from the ratio. Before, it is one
   * minute.
   */
  readonly period_follows_ratio: boolean;
  /** 6.14: a VM has no recovery worker before its first KVM_RUN. */
  readonly worker_starts_at_first_run: boolean;
  /** 6.4: L1's tables stay when the last vCPU lets go of their root. Before (TDP), they go with it. */
  readonly tdp_roots_outlive_their_vcpus: boolean;
  /** Up to 6.12: the module counts the shadow MMU's pages of all VMs, for its shrinker. */
  readonly module_counts_shadow_pages: boolean;
  /** 6.3: the TDP MMU counts its pages. Before, they are on a list. */
  readonly counts_tdp_mmu_pages: boolean;
}
