import type { Fault, Kvm, kvm_memory_slot, kvm_mmu_page, list_head, MmuType, Task } from './types';

/**
 * The table of functions that eras and defects replace entries of. All other kernel functions are the same for
 * everybody; what differs between kernels is here, under the kernel's name where there is one.
 */
export interface KernelOps {
  /** The lists of NX-split pages: one for all, or one a type (KVM_SHADOW_MMU, KVM_TDP_MMU). */
  readonly books: readonly string[];
  /** INIT_LIST_HEAD() of a book's list when the VM is created. */
  init_book(head: list_head, book: number): void;
  /** From 5.10 on L1 is mapped by the TDP MMU (unless `kvm.tdp_mmu=0`). */
  readonly has_tdp_mmu: boolean;
  /** From 6.0 on: KVM_CAP_VM_DISABLE_NX_HUGE_PAGES. */
  readonly has_exempt_vms: boolean;
  /** From 6.5 on (0b210faf3373): nx_huge_pages=never. Before, it is read as a boolean, whose first letter says no. */
  readonly has_never: boolean;
  /** From 5.12 on. */
  readonly mmu_lock_is_rwlock: boolean;

  // Faults.
  /** Whether a fault leaves this table in place where a huge leaf would do: any table, or (6.2) a flagged one. */
  keeps_region_small(sp: kvm_mmu_page): boolean;
  /** `role.level` of a table under an SPTE of `level`. */
  child_role_level(level: number): number;
  /** Makes, accounts and publishes the table under an SPTE, in the era's order. */
  tdp_mmu_install_child(kvm: Kvm, fault: Fault, sp: kvm_mmu_page, index: number, level: number): Task<kvm_mmu_page>;
  /** A TDP fault, too, makes room for shadow pages, which it does not need (B29). */
  readonly tdp_faults_make_room: boolean;
  /** Whether an exec fault accounts a table under an SPTE of `level`. */
  tdp_mmu_accounts(fault: Fault, level: number): boolean;

  /** From 6.2: whether a table that a fault makes under an SPTE of `level` is flagged. */
  flags_table(fault: Fault, level: number): boolean;
  readonly flags_before_publishing: boolean;
  /** Asked under tdp_mmu_pages_lock: whether a table that has been published is still to be listed (from 6.2: flagged). */
  still_to_be_tracked(sp: kvm_mmu_page): boolean;

  // The books.
  account_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void;
  unaccount_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page): void;
  tdp_mmu_account(kvm: Kvm, sp: kvm_mmu_page): void;
  /** A TDP page leaves the tables. */
  tdp_mmu_unlink_sp(kvm: Kvm, sp: kvm_mmu_page): void;
  track_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void;
  untrack_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void;

  // Recovery.
  to_zap(kvm: Kvm, book: number, ratio: number): number | bigint;
  recover_nx_huge_pages(kvm: Kvm, ratio: number): Task;
  /** A TDP page's range is zapped in pieces, and mmu_lock dropped between them if another CPU wants it. */
  readonly tdp_zap_may_yield: boolean;
  /** After the last iteration over the one list: flushes, frees, and drops the lock. */
  finish_pass(kvm: Kvm): void;
  /** Zaps a TDP page that a pass took; true if a flush is owed. */
  tdp_mmu_zap_for_recovery(kvm: Kvm, sp: kvm_mmu_page): boolean;
  /** From 6.2 a page in a dirty-logged slot is taken off the books and left standing. */
  readonly unaccounts_dirty_pages: boolean;
  /** What recovery takes for the slot of a page, to see whether it is dirty-logged. */
  slot_for_recovery(kvm: Kvm, sp: kvm_mmu_page): kvm_memory_slot | null;
  /** Milliseconds between passes, null while recovery is off. */
  recovery_period(kvm: Kvm): number | null;
  zap_all_on_toggle(kvm: Kvm): Task;
  /** The VMs that a written parameter acts on: all that there are. */
  vm_list(kvm: Kvm): readonly Kvm[];

  // The worker's life (worker_life.ts).
  /** From 6.14 on it is created by the VM's first KVM_RUN; before, with the VM. */
  readonly worker_starts_at_first_run: boolean;
  /** From 6.12 on (d96c77bd4eeb) it is a thread of the process that creates it, and can be killed with that. */
  readonly worker_is_a_vhost_task: boolean;
  /** Whether anything may be written to KVM's parameters about huge pages: EPERM if not. */
  may_write_params(kvm: Kvm): boolean;
  /** What KVM_RUN does first, from 6.14 on: false, and KVM_RUN fails, where there is no worker after it. */
  create_worker_once(kvm: Kvm): boolean;
  /** What a written parameter does to the worker. */
  kvm_wake_nx_recovery_thread(kvm: Kvm): Task;
  /** What the end of a VM does to the worker, before all else. */
  kvm_mmu_pre_destroy_vm(kvm: Kvm): void;

  // Memslots.
  /** A nested page whose last parent goes is zapped with it (from 5.10). */
  readonly zaps_parentless_nested_pages: boolean;
  /** 7.3.4, and not 6.12.118: what L1's write to its nested guest's tables leaves without a parent is zapped, too. */
  readonly track_write_zaps_parentless_pages: boolean;
  /** Huge leaves are split when dirty logging starts. */
  readonly eager_split: { readonly tdp: boolean; readonly nested: boolean };
  /** Dirty logging takes the right to write from leaves of this level and above (kvm_mmu_slot_remove_write_access()). */
  readonly dirty_log_start_level: number;
  /** Whether a shadow page was made before all was zapped last, and must not be found in the hash any more. */
  is_obsolete_sp(kvm: Kvm, sp: kvm_mmu_page): boolean;
  tdp_mmu_unmap_gfn_range(kvm: Kvm, start: number, end: number): boolean;
  tdp_mmu_dirty_logging_stopped(kvm: Kvm, slot: kvm_memory_slot): void;
  /** The mends of B37 to B39 (memslots.ts). No kernel shipped has them. */
  readonly drops_idle_tables: {
    readonly when_logging_stops: { readonly tdp: boolean; readonly shadow: boolean };
    readonly when_backing_heals: boolean;
  };
}
