import type { Mmu, Nested } from '../world/world';
import type { InvalidateRange } from './attributes';
import type { Fault, Kvm, kvm_memory_slot, kvm_mmu_page, list_head, MmuType, Task } from './types';

/**
 * The table of functions that baselines and defects replace entries of. All other kernel functions are the same for everybody; what
 * differs between kernels is here, under the kernel's name where there is one. Each entry says what it decides. Kernel: what
 * it models (files lie in arch/x86/kvm/ and in its folder mmu/; the models go back to 5.5). Locks: what is held when it is
 * asked, and what it takes; before 5.12 mmu_lock has no side for readers. Caller: who asks. Default: what v5.5 has, and from
 * which baseline on what else. Asked: by which kernels (`list --ops`: by which variants).
 */
export interface KernelOps {
  /**
   * Names the lists of NX-split pages: one for all pages, or one for each type (KVM_SHADOW_MMU, KVM_TDP_MMU).
   * Kernel: lpage_disallowed_mmu_pages, asm/kvm_host.h, 5.5 on; possible_nx_huge_pages from 6.2. Locks: none.
   * Caller: kvm_create_vm(). Default: one list, from v6.18 one for each type. Asked: always.
   */
  readonly lists: readonly string[];
  /**
   * Initialises the head of a list. One that is left zeroed is no list: it is not empty, and its first entry is NULL (V2).
   * Kernel: INIT_LIST_HEAD() in kvm_arch_init_vm(), x86.c, 5.5 on; later in kvm_mmu_init_vm(), mmu.c. Locks: none.
   * Caller: kvm_create_vm(), once a list. Default: `list.INIT_LIST_HEAD`. Asked: always.
   */
  init_list(head: list_head, list: number): void;
  /**
   * Says whether the TDP MMU maps L1, unless `kvm.tdp_mmu=0`.
   * Kernel: kvm_mmu_init_tdp_mmu(), tdp_mmu.c, 5.10 on. Locks: none.
   * Caller: kvm_create_vm(). Default: `false`, from v5.10 `true`. Asked: always.
   */
  readonly has_tdp_mmu: boolean;
  /**
   * Says whether a VM can be exempt from the mitigation (KVM_CAP_VM_DISABLE_NX_HUGE_PAGES).
   * Kernel: kvm_vm_ioctl_enable_cap(), x86.c, 6.0 on. Locks: none.
   * Caller: destroy_and_create_again(). Default: `false`, from v6.1 `true`. Asked: always.
   */
  readonly has_exempt_vms: boolean;
  /**
   * Says whether userspace can turn KVM_X86_QUIRK_SLOT_ZAP_ALL off, so that deleting a slot zaps only its own mappings.
   * Kernel: KVM_X86_QUIRK_SLOT_ZAP_ALL, asm/kvm.h, 6.12 on (aa8d1f48d353). Locks: none.
   * Caller: destroy_and_create_again(). Default: `false`, from v6.18 `true`. Asked: always.
   */
  readonly slot_zap_is_a_quirk: boolean;
  /**
   * Says whether pages have attributes (KVM_SET_MEMORY_ATTRIBUTES).
   * Kernel: kvm_vm_ioctl_set_mem_attributes(), kvm_main.c, 6.8 on (5a475554db1e). Locks: none.
   * Caller: kvm_vm_set_mem_attributes(). Default: `false`, from v6.18 `true`. Asked: always.
   */
  readonly has_memory_attributes: boolean;
  /**
   * Says whether userspace can have a page mapped before the guest accesses it (KVM_PRE_FAULT_MEMORY).
   * Kernel: kvm_vcpu_pre_fault_memory(), kvm_main.c, 6.11 on (bc1a5cd00211). Locks: none.
   * Caller: kvm_vcpu_pre_fault_memory(). Default: `false`, from v6.18 `true`. Asked: always.
   */
  readonly has_pre_fault_memory: boolean;
  /**
   * Says whether dirty logging can begin with all pages dirty (KVM_DIRTY_LOG_INITIALLY_SET).
   * Kernel: KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, linux/kvm_host.h, 5.7 on (3c9bd4006bfc). Locks: none.
   * Caller: destroy_and_create_again(). Default: `false`, from v5.10 `true`. Asked: always.
   */
  readonly has_initially_set: boolean;
  /**
   * Says whether nx_huge_pages=never is final. Else it is read as a boolean, whose first letter says no.
   * Kernel: set_nx_huge_pages(), mmu.c, 6.5 on (0b210faf3373). Locks: none.
   * Caller: write_never(). Default: `false`, from v6.4 `true`. Asked: always.
   */
  readonly has_never: boolean;
  /**
   * Says whether mmu_lock is a reader-writer lock. Where it has none, read_lock() keeps all others out, too.
   * Kernel: mmu_lock of struct kvm, linux/kvm_host.h, 5.12 on. Locks: none, or those that mmu_lock is taken under.
   * Caller: read_lock(), kvm_mmu_zap_all_fast(). Default: `false`, from v5.12 `true`. Asked: always.
   */
  readonly mmu_lock_is_rwlock: boolean;

  // Faults.
  /**
   * Says whether a fault outside all slots builds tables, for an MMIO SPTE. A slot that is created there finds them (B42).
   * Kernel: direct_map(), kvm_tdp_mmu_map(), mmu.c and tdp_mmu.c, 5.5 on; not with kvm.mmio_caching=0 (6.0). Locks: SRCU.
   * Caller: guest_access(). Default: `false`, as in no kernel. Asked: always.
   */
  readonly builds_tables_outside_slots: boolean;
  /**
   * Decides the largest level at which a fault may map here, without the mitigation.
   * Kernel: kvm_mmu_hugepage_adjust(), mmu.c, 5.10 on; before, transparent_hugepage_adjust() and mapping_level(). Locks: SRCU.
   * Caller: fault_until_mapped(). Default: `page_fault.kvm_mmu_hugepage_adjust`. Asked: always.
   */
  kvm_mmu_hugepage_adjust(kvm: Kvm, slot: kvm_memory_slot, gfn: number): number;
  /**
   * Makes a leaf of a level that grants at most `access`; `nx_huge_pages`: the mitigation is on for this VM.
   * Kernel: make_spte(), spte.c, 5.10 on; set_spte() before. Locks: mmu_lock.
   * Caller: whoever maps a page, or splits one. Default: `spte.make_spte`. Asked: always.
   */
  make_spte(level: number, access: number, nx_huge_pages: boolean): number;
  /**
   * Says whether the mitigation is on, and this VM not exempt from it.
   * Kernel: is_nx_huge_page_enabled(), mmu.h, 5.5 on; asks the VM from 6.0. Locks: none, or mmu_lock.
   * Caller: new_fault(), disallowed_hugepage_adjust(), and whoever makes a leaf. Default: `spte.is_nx_huge_page_enabled`. Asked: always.
   */
  is_nx_huge_page_enabled(kvm: Kvm): boolean;
  /**
   * Finds the shadow page for a place, a level and rights in the hash, linked or not; null if there is none.
   * Kernel: kvm_mmu_get_page(), mmu.c, 5.5 on; kvm_mmu_find_shadow_page() from 6.0. Locks: mmu_lock for write.
   * Caller: kvm_mmu_get_shadow_page(). Default: `mmu.kvm_mmu_find_shadow_page`. Asked: always.
   */
  kvm_mmu_find_shadow_page(
    kvm: Kvm,
    gfn: number,
    level: number,
    mmu: Mmu,
    access: number,
    direct?: boolean,
  ): kvm_mmu_page | null;
  /**
   * Decides whether a fault leaves this table in place where a huge leaf would do.
   * Kernel: disallowed_hugepage_adjust(), mmu.c, 5.5 on; asks the flag from 6.2. Locks: mmu_lock.
   * Caller: disallowed_hugepage_adjust(), tdp_mmu_link_sp() and others. Default: any, from v6.2 a flagged one. Asked: always.
   */
  keeps_region_small(sp: kvm_mmu_page): boolean;
  /**
   * Gives the `role.level` of a table under an SPTE of `level`; recovery believes it.
   * Kernel: alloc_tdp_mmu_page(), tdp_mmu.c, 5.10 on, wrong up to 5.13 (B31); tdp_mmu_init_child_sp() from 5.18. Locks: mmu_lock.
   * Caller: tdp_mmu_alloc_child(). Default: one less. Asked: from 5.10.
   */
  child_role_level(level: number): number;
  /**
   * Makes, accounts and publishes the table under an SPTE, in the baseline's order.
   * Kernel: kvm_tdp_mmu_map(), tdp_mmu.c, 5.10 on. Locks: mmu_lock for read, RCU, SRCU; takes tdp_mmu_pages_lock from 5.12.
   * Caller: kvm_tdp_mmu_map(), at each level without a table. Default: `tdp_mmu.account_then_link`, from v5.12
   * `tdp_mmu.link_then_account`, from v6.2 `tdp_mmu.flag_link_track`. Asked: from 5.10.
   */
  tdp_mmu_install_child(kvm: Kvm, fault: Fault, sp: kvm_mmu_page, index: number, level: number): Task<kvm_mmu_page>;
  /**
   * Says whether a TDP fault makes room for shadow pages, too, although it needs none (B29).
   * Kernel: direct_page_fault(), mmu.c, 5.10 on, fixed in 6.1 (47b0c2e4c220). Locks: mmu_lock for read, SRCU.
   * Caller: fault_until_mapped(). Default: `false`. Asked: from 5.10.
   */
  readonly tdp_faults_make_room: boolean;
  /**
   * Decides whether an exec fault accounts the table that it creates under an SPTE of `level`.
   * Kernel: kvm_tdp_mmu_map(), tdp_mmu.c, 5.10 on. Locks: mmu_lock for read, RCU, SRCU.
   * Caller: the defaults of tdp_mmu_install_child. Default: where a huge page would fit. Asked: from 5.10.
   */
  tdp_mmu_accounts(fault: Fault, level: number): boolean;
  /**
   * Decides whether a table that a fault makes under an SPTE of `level` is flagged.
   * Kernel: kvm_tdp_mmu_map(), tdp_mmu.c, 6.2 on. Locks: mmu_lock for read, RCU, SRCU.
   * Caller: flag_link_track(). Default: all that an exec fault makes. Asked: from 6.2.
   */
  flags_table(fault: Fault, level: number): boolean;
  /**
   * Says whether a table is flagged before it is published, or (B9) after.
   * Kernel: kvm_tdp_mmu_map(), tdp_mmu.c, 6.2 on (61f94478547b). Locks: mmu_lock for read, RCU, SRCU.
   * Caller: flag_link_track(). Default: `true`. Asked: from 6.2.
   */
  readonly flags_before_publishing: boolean;
  /**
   * Decides whether a published table is still to be listed: another thread may have zapped it (B12).
   * Kernel: kvm_tdp_mmu_map(), tdp_mmu.c, 6.2 on (21a36ac6b6c7). Locks: mmu_lock for read, RCU, SRCU, tdp_mmu_pages_lock.
   * Caller: link_then_account(), flag_link_track(). Default: a linked table, from v6.2 a flagged one. Asked: from 5.12.
   */
  still_to_be_tracked(sp: kvm_mmu_page): boolean;

  /**
   * Says whether a fault keeps the number of invalidations as an int, whose sign makes it differ from the number itself (B50).
   * Kernel: is_page_fault_stale(), mmu.c, fixed in the stable updates of 6.1 (ba6e3fe25543). Locks: mmu_lock, SRCU.
   * Caller: is_page_fault_stale(), kvm_unmap_gfn_range(). Default: `false`. Asked: always.
   */
  readonly mmu_seq_is_an_int: boolean;

  /**
   * Says whether a prefault of a page whose slot is marked invalid is tried again under srcu, until the slot is gone (B55). If not,
   * userspace is told to try again (EAGAIN).
   * Kernel: kvm_mmu_faultin_pfn(), mmu.c, from 6.18 (3ccbf6f47098) EAGAIN. Locks: SRCU.
   * Caller: kvm_vcpu_pre_fault_memory(). Default: `false`. Asked: from 6.11.
   */
  readonly prefaults_retry_on_invalid_slots: boolean;
  /**
   * Says whether a prefault goes on with the vCPU's root even if that is obsolete: each try then fails, until the vCPU runs (B57).
   * Kernel: kvm_mmu_reload(), mmu.h, up to 6.14 (20a6cff3b283). Locks: none.
   * Caller: load_roots(), kvm_mmu_reload(), drop_roots(). Default: `false`. Asked: always.
   */
  readonly prefaults_use_obsolete_roots: boolean;
  /**
   * Decides whether a prefault leaves the SPTE of its level as it finds it (RET_PF_SPURIOUS).
   * Kernel: tdp_mmu_map_handle_target_level(), tdp_mmu.c, and mmu_set_spte(), mmu.c: from 6.16 (ea9fcdf76d3d) a leaf, from 6.13
   * a table, too (B58); before, the shadow MMU writes leaves anew. Locks: mmu_lock. Caller: direct_map(),
   * kvm_tdp_mmu_map(). Default: `spte.is_leaf`. Asked: from 6.11.
   */
  is_spurious_prefault(spte: number, level: number): boolean;

  // The lists.
  /**
   * Lists a table that an exec fault needs; the caller says whether a huge page could replace it.
   * Kernel: account_huge_nx_page(), mmu.c, 5.5 on; account_nx_huge_page() from 6.2. Locks: mmu_lock for write, or for read and
   * tdp_mmu_pages_lock. Caller: direct_map(), tdp_mmu_account. Default: `nx_huge_pages.account_huge_nx_page`, from v6.2
   * `nx_huge_pages.account_nx_huge_page`. Asked: always.
   */
  account_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void;
  /**
   * Takes a table off its list.
   * Kernel: unaccount_huge_nx_page(), mmu.c, 5.5 on; unaccount_nx_huge_page() from 6.2. Locks: mmu_lock for write, or for read
   * and tdp_mmu_pages_lock. Caller: kvm_mmu_prepare_zap_page(); from 6.2 a pass. Default:
   * `nx_huge_pages.unaccount_nx_huge_page`. Asked: always.
   */
  unaccount_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page): void;
  /**
   * Lists a TDP page that an exec fault has made where a huge page would fit.
   * Kernel: tdp_mmu_link_page(), tdp_mmu.c, 5.12 on; before and from 6.2 kvm_tdp_mmu_map(). Locks: mmu_lock for write, or for
   * read and tdp_mmu_pages_lock. Caller: tdp_mmu_install_child. Default: it calls account_nx_huge_page. Asked: from 5.10.
   */
  tdp_mmu_account(kvm: Kvm, sp: kvm_mmu_page): void;
  /**
   * Takes a TDP page off its list when it leaves the page tables.
   * Kernel: tdp_mmu_unlink_page(), tdp_mmu.c, 5.12 on, then tdp_mmu_unlink_sp(). Locks: mmu_lock; takes tdp_mmu_pages_lock.
   * Caller: handle_removed_pt(). Default: `nx_huge_pages.tdp_mmu_unlink_sp`. Asked: from 5.10.
   */
  tdp_mmu_unlink_sp(kvm: Kvm, sp: kvm_mmu_page): void;
  /**
   * Puts a page on the list of its type and increments the counter, unless it is on a list.
   * Kernel: track_possible_nx_huge_page(), mmu.c, 6.2 on; before, account_huge_nx_page(). Locks: mmu_lock for write, or for read
   * and tdp_mmu_pages_lock. Caller: account_nx_huge_page. Default: `nx_huge_pages.track_possible_nx_huge_page`. Asked: always.
   */
  track_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void;
  /**
   * Takes a page off the list of its type and decrements the counter, if it is on a list.
   * Kernel: untrack_possible_nx_huge_page(), mmu.c, 6.2 on; before, unaccount_huge_nx_page(). Locks: mmu_lock for write, or for
   * read and tdp_mmu_pages_lock. Caller: unaccount_nx_huge_page, tdp_mmu_unlink_sp. Default:
   * `nx_huge_pages.untrack_possible_nx_huge_page`. Asked: always.
   */
  untrack_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void;

  // Roots.
  /**
   * Says whether a root of the TDP MMU stays, with all that is below it, when the last vCPU lets go of it.
   * Kernel: kvm_tdp_mmu_put_root(), tdp_mmu.c, 6.4 on (edbdb43fc96b). Locks: none.
   * Caller: load_roots(), unload_roots(). Default: `true`, from v5.10 `false`, from v6.4 `true`. Asked: from 5.10.
   */
  readonly tdp_roots_outlive_their_vcpus: boolean;

  // Recovery.
  /**
   * Says how many pages of a list a pass takes at most.
   * Kernel: kvm_recover_nx_lpages(), mmu.c, 5.5 on; nx_huge_pages_to_zap() from 6.18. Locks: SRCU, up to 6.17 mmu_lock and RCU.
   * Caller: begin_list(), once a list. Default: `nx_huge_pages.to_zap`. Asked: always.
   */
  to_zap(kvm: Kvm, list: number, ratio: number): number | bigint;
  /**
   * Runs one pass: takes pages off the lists, zaps them, and yields where another CPU may run.
   * Kernel: kvm_recover_nx_lpages(), mmu.c, 5.5 on; kvm_recover_nx_huge_pages() from 6.2. Locks: SRCU; takes mmu_lock and RCU.
   * Caller: wake_recovery_worker(), recover_now(). Default: `nx_huge_pages.recover_one_list`, from v6.18
   * `nx_huge_pages.recover_list_per_type`. Asked: always.
   */
  recover_nx_huge_pages(kvm: Kvm, ratio: number): Task;
  /**
   * Says whether the zap of a TDP page may release mmu_lock while earlier zaps are unflushed (B3).
   * Kernel: kvm_tdp_mmu_zap_gfn_range(), tdp_mmu.c, 5.10 on, fixed in 5.12 (33a3164161fc). Locks: mmu_lock for write, RCU, SRCU.
   * Caller: recover_one_list(). Default: `false`. Asked: 5.10 to 6.17.
   */
  readonly tdp_zap_may_yield: boolean;
  /**
   * Ends a pass over the only list: flushes, frees, and releases mmu_lock and RCU.
   * Kernel: kvm_recover_nx_lpages(), mmu.c, 5.5 on (B1 up to 5.9). Locks: mmu_lock for write, RCU, SRCU.
   * Caller: recover_one_list(). Default: `nx_huge_pages.drop_the_lock`. Asked: up to 6.17.
   */
  finish_pass(kvm: Kvm): void;
  /**
   * Zaps a TDP page that a pass took; true if a flush is owed.
   * Kernel: kvm_tdp_mmu_zap_gfn_range(), tdp_mmu.c, 5.10 on; kvm_tdp_mmu_zap_sp() from 5.18. Locks: mmu_lock, RCU, SRCU.
   * Caller: the defaults of recover_nx_huge_pages. Default: `tdp_mmu.kvm_tdp_mmu_zap_sp`, from v5.10 the page's range,
   * from v5.18 `tdp_mmu.kvm_tdp_mmu_zap_sp`. Asked: from 5.10.
   */
  tdp_mmu_zap_for_recovery(kvm: Kvm, sp: kvm_mmu_page): boolean;
  /**
   * Records that a flush is owed after each TDP page that a pass has zapped or found already zapped.
   * Kernel: kvm_recover_nx_lpages(), mmu.c, 5.12 on (`flush |=`). Locks: mmu_lock, RCU, SRCU.
   * Caller: zap_taken(). Default: `nx_huge_pages.accumulate_flush`. Asked: from 5.10.
   */
  accumulate_flush(kvm: Kvm, zapped: boolean): void;
  /**
   * Flushes, frees, and releases mmu_lock and RCU in the middle of a pass, because another thread waits.
   * Kernel: kvm_recover_nx_lpages(), mmu.c, 5.5 on. Locks: mmu_lock, RCU, SRCU.
   * Caller: the defaults of recover_nx_huge_pages. Default: `nx_huge_pages.drop_the_lock`. Asked: always.
   */
  recovery_cond_resched(kvm: Kvm): void;
  /**
   * Says whether a pass takes a page in a dirty-logged slot off its list without zapping it. (From 6.18 on it does.)
   * Kernel: kvm_recover_nx_huge_pages(), mmu.c, 6.2 on (eb298605705a). Locks: mmu_lock for write, RCU, SRCU.
   * Caller: recover_one_list(). Default: `false`, from v6.2 `true`. Asked: up to 6.17.
   */
  readonly unaccounts_dirty_pages: boolean;
  /**
   * Finds the slot of a page for a pass, to see whether it is dirty-logged.
   * Kernel: kvm_recover_nx_huge_pages(), mmu.c, 6.2 on, fixed in 6.4 (817fa998362d). Locks: mmu_lock, RCU, SRCU.
   * Caller: in_dirty_logged_slot(). Default: `nx_huge_pages.slot_in_usual_address_space`, from v6.4
   * `nx_huge_pages.slot_in_own_address_space`. Asked: from 6.2.
   */
  slot_for_recovery(kvm: Kvm, sp: kvm_mmu_page): kvm_memory_slot | null;
  /**
   * Says whether a pass warns if it finds no slot for a page. The page of a TDP pass may have been zapped since it was
   * taken, and its slot may have gone: kernels as shipped warn of that, too (B51).
   * Kernel: kvm_recover_nx_huge_pages(), mmu.c, 6.2 on. Locks: mmu_lock, RCU, SRCU.
   * Caller: in_dirty_logged_slot(). Default: `nx_huge_pages.stands_without_slot`. Asked: from 6.2.
   */
  warns_without_slot(kvm: Kvm, sp: kvm_mmu_page): boolean;
  /**
   * Says how many milliseconds lie between passes; null while recovery is off.
   * Kernel: get_nx_lpage_recovery_timeout(), mmu.c, 5.5 on; calc_nx_huge_pages_recovery_period() from 5.16. Locks: none.
   * Caller: next_pass_due(), set_recovery_params(). Default: `worker.fixed_recovery_period`, from v5.16
   * `worker.calc_nx_huge_pages_recovery_period`. Asked: always.
   */
  recovery_period(kvm: Kvm): number | null;
  /**
   * Drops all mappings of a VM when nx_huge_pages changes.
   * Kernel: set_nx_huge_pages(), mmu.c, 5.5 on. Locks: none; takes slots_lock, mmu_lock, RCU.
   * Caller: set_nx_huge_pages() and write_never(), for each VM. Default: `memslots.zap_all_with_slots_lock`. Asked: always.
   */
  zap_all_on_toggle(kvm: Kvm): Task;
  /**
   * Lists the VMs that a parameter write affects, in order.
   * Kernel: vm_list, as set_nx_huge_pages() walks it, mmu.c, 5.5 on. Locks: none of those modelled.
   * Caller: set_nx_huge_pages(), write_never(), set_recovery_params(). Default: `worker.vm_list`. Asked: always.
   */
  vm_list(kvm: Kvm): readonly Kvm[];

  // The worker's life (worker_life.ts).
  /**
   * Says whether the worker is created by the first KVM_RUN (or else with the VM).
   * Kernel: kvm_mmu_post_init_vm(), mmu.c, called by KVM_RUN 6.14 on (931656b9e2ff). Locks: none.
   * Caller: new_worker(), kvm_run(). Default: `false`, from v6.18 `true`. Asked: always.
   */
  readonly worker_starts_at_first_run: boolean;
  /**
   * Says whether the worker is a thread of the VM's process, which a signal to that process can kill.
   * Kernel: kvm_mmu_start_lpage_recovery(), mmu.c, 6.12 on (d96c77bd4eeb). Locks: none.
   * Caller: kill_worker(). Default: `false`, from v6.18 `true`. Asked: always.
   */
  readonly worker_is_a_vhost_task: boolean;
  /**
   * Decides whether anything may be written to KVM's parameters about huge pages (EPERM if not).
   * Kernel: set_nx_huge_pages() and others, mmu.c, 6.5 on. Locks: none.
   * Caller: set_nx_huge_pages(), write_never(), set_recovery_params(). Default: `worker.may_write_params`. Asked: always.
   */
  may_write_params(kvm: Kvm): boolean;
  /**
   * Writes nx_huge_pages unless the write is refused: a change drops all mappings of all VMs and wakes the workers.
   * Kernel: set_nx_huge_pages(), mmu.c, 5.5 on. Locks: none of those modelled; takes those of zap_all_on_toggle.
   * Caller: `nx_huge_pages`. Default: `worker.set_nx_huge_pages`. Asked: always.
   */
  set_nx_huge_pages(kvm: Kvm, on: boolean): Task;
  /**
   * Writes the ratio or the period unless the write is refused, and wakes the workers if a pass is now due earlier.
   * Kernel: set_nx_huge_pages_recovery_ratio(), mmu.c, 5.5 on; set_nx_huge_pages_recovery_param() from 5.16. Locks: none of those
   * modelled; takes a pass's. Caller: `recovery_ratio`, `recovery_period`. Default: `worker.set_recovery_params`. Asked: always.
   */
  set_nx_huge_pages_recovery_param(kvm: Kvm, change: { ratio?: number; period_ms?: number }): Task;
  /**
   * Decides whether a VM may have a worker: none is created under nx_huge_pages=never.
   * Kernel: kvm_mmu_post_init_vm(), mmu.c, 6.5 on. Locks: none.
   * Caller: new_worker(), kvm_run(). Default: `worker.may_have_worker`. Asked: always.
   */
  may_have_worker(kvm: Kvm): boolean;
  /**
   * Starts the worker's thread; false if that fails and the next KVM_RUN has to try again.
   * Kernel: kvm_vm_create_worker_thread(), kvm_main.c, 5.5 on; kvm_mmu_start_lpage_recovery(), mmu.c, from 6.14. Locks: none.
   * Caller: new_worker(), create_worker_once. Default: `worker_life.try_to_start_worker`. Asked: always.
   */
  kvm_mmu_start_lpage_recovery(kvm: Kvm): boolean;
  /**
   * Creates the worker before the guest runs, if there is none; false, so that KVM_RUN fails, if that fails.
   * Kernel: kvm_mmu_post_init_vm(), mmu.c, 6.14 on. Locks: none.
   * Caller: kvm_run(). Default: `worker_life.create_worker_once`. Asked: from 6.14.
   */
  create_worker_once(kvm: Kvm): boolean;
  /**
   * Wakes the worker when a parameter was written.
   * Kernel: kvm_wake_nx_recovery_thread(), mmu.c, 6.14 on; before, set_nx_huge_pages() and others. Locks: none; takes a pass's.
   * Caller: set_nx_huge_pages(), set_recovery_params(). Default: `worker_life.kvm_wake_nx_recovery_thread`. Asked: always.
   */
  kvm_wake_nx_recovery_thread(kvm: Kvm): Task;
  /**
   * Stops the worker first when its VM ends.
   * Kernel: kvm_mmu_pre_destroy_vm(), mmu.c, 5.5 on. Locks: none.
   * Caller: kvm_destroy_vm(). Default: `worker_life.kvm_mmu_pre_destroy_vm`. Asked: always.
   */
  kvm_mmu_pre_destroy_vm(kvm: Kvm): void;
  /**
   * Ends the worker by a fatal signal: it is marked as killed, and whoever waits for its end goes on, before it lets go of its memory.
   * Kernel: vhost_task_fn(), kernel/vhost_task.c, 6.10 on (db5247d9bf5c); KVM's worker is such a task from 6.12. Locks: none.
   * Caller: kill_worker(), exit_process(). Default: `worker_life.vhost_task_exits`. Asked: from 6.12.
   */
  vhost_task_exits(kvm: Kvm): void;
  /**
   * Says whether a VM's vCPUs are destroyed before its MSR filter and interrupt controllers, which a vCPU uses that leaves its nested guest.
   * Kernel: kvm_arch_destroy_vm(), x86.c, 6.14 on (17bcd7144263). Locks: none.
   * Caller: kvm_arch_destroy_vm(), enter_guest(). Default: `true`. Asked: always.
   */
  readonly destroys_vcpus_first: boolean;

  // Memslots.
  /**
   * Creates a slot at its home address.
   * Kernel: kvm_create_memslot(), kvm_main.c, 6.0 on; __kvm_set_memory_region() before. Locks: none of those modelled.
   * Caller: `create_slot`, recreate_memslot(). Default: `memslots.create_memslot`. Asked: always.
   */
  kvm_create_memslot(kvm: Kvm, slot: kvm_memory_slot): void;
  /**
   * Deletes a slot, and zaps all mappings of the VM.
   * Kernel: kvm_delete_memslot(), kvm_main.c, 6.0 on; kvm_set_memslot() before. Locks: none; takes slots_lock, mmu_lock, RCU.
   * Caller: `delete_slot`. Default: `memslots.delete_memslot`. Asked: always.
   */
  kvm_delete_memslot(kvm: Kvm, slot: kvm_memory_slot): Task;
  /**
   * Moves a slot to another page, and zaps all mappings of the VM.
   * Kernel: kvm_move_memslot(), kvm_main.c, 6.0 on; kvm_set_memslot() before. Locks: none; takes slots_lock, mmu_lock, RCU.
   * Caller: `move_slot`. Default: `memslots.move_memslot`. Asked: always.
   */
  kvm_move_memslot(kvm: Kvm, slot: kvm_memory_slot, page: number): Task;
  /**
   * Marks a slot invalid for faults, then zaps mappings: the first step of deletions and moves.
   * Kernel: kvm_invalidate_memslot(), kvm_main.c, 6.0 on; kvm_set_memslot() before. Locks: slots_lock; takes mmu_lock, RCU.
   * Caller: delete_memslot(), move_memslot(), recreate_memslot(). Default: `memslots.invalidate_memslot`. Asked: always.
   */
  kvm_invalidate_memslot(kvm: Kvm, slot: kvm_memory_slot): Task;
  /**
   * Zaps only the mappings of a slot that was at `base_gfn`: KVM_X86_QUIRK_SLOT_ZAP_ALL is off.
   * Kernel: kvm_mmu_zap_memslot(), mmu.c, 6.12 on (aa8d1f48d353). Locks: slots_lock; takes mmu_lock for write.
   * Caller: kvm_invalidate_memslot. Default: `memslots.zap_memslot_and_its_tables`. Asked: from 6.12.
   */
  kvm_mmu_zap_memslot(kvm: Kvm, slot: kvm_memory_slot, base_gfn: number): Task;
  /**
   * Starts a slot's dirty logging: huge leaves are split or write-protected.
   * Kernel: kvm_mmu_slot_apply_flags(), x86.c, 5.5 on. Locks: none; takes slots_lock, mmu_lock.
   * Caller: `dirty_log on=1`. Default: `dirty_log.start_dirty_logging`. Asked: always.
   */
  start_dirty_logging(kvm: Kvm, slot: kvm_memory_slot): Task;
  /**
   * Stops a slot's dirty logging: tables that keep regions small make room for huge pages.
   * Kernel: kvm_mmu_slot_apply_flags(), x86.c, 5.5 on; kvm_mmu_zap_collapsible_sptes(), mmu.c. Locks: none; takes slots_lock,
   * mmu_lock. Caller: `dirty_log on=0`. Default: `dirty_log.stop_dirty_logging`. Asked: always.
   */
  stop_dirty_logging(kvm: Kvm, slot: kvm_memory_slot): Task;
  /**
   * Zaps what maps a 4K page whose attributes will change, and says for which gfns faults are tried again until they have.
   * Kernel: kvm_arch_pre_set_memory_attributes(), mmu.c, 6.8 on; with the huge pages that could map it from 6.15 (9129633d568e).
   * Locks: slots_lock; takes mmu_lock for write. Caller: `attributes`.
   * Default: `attributes.kvm_arch_pre_set_memory_attributes`. Asked: from 6.8.
   */
  kvm_arch_pre_set_memory_attributes(kvm: Kvm, gfn: number): InvalidateRange;
  /**
   * Protects the 4K pages [start, end) of a slot, which lie in one word of its bitmap and whose dirty bits are cleared.
   * Kernel: kvm_arch_mmu_enable_log_dirty_pt_masked(), mmu.c, 5.5 on. Locks: slots_lock, mmu_lock for write.
   * Caller: kvm_clear_dirty_log_protect(). Default: `dirty_log.kvm_arch_mmu_enable_log_dirty_pt_masked`. Asked: always.
   */
  kvm_arch_mmu_enable_log_dirty_pt_masked(kvm: Kvm, slot: kvm_memory_slot, start: number, end: number): void;
  /**
   * Says whether huge pages are protected only when a dirty bit under them is cleared, where all pages begin as dirty.
   * Kernel: kvm_mmu_slot_apply_flags(), x86.c, 5.13 on (3ad93562093c); before, when logging begins. Locks: slots_lock.
   * Caller: start_dirty_logging, kvm_arch_mmu_enable_log_dirty_pt_masked. Default: `false`, from v5.12 `true`.
   * Asked: from 5.10.
   */
  readonly protects_huge_pages_when_cleared: boolean;
  /**
   * Splits the huge pages of the 4K pages [start, end), whose dirty bits are cleared where all pages began as dirty.
   * Kernel: kvm_mmu_try_split_huge_pages(), mmu.c, 5.18 on (cb00a70bd4b7). Locks: slots_lock, mmu_lock for write.
   * Caller: kvm_arch_mmu_enable_log_dirty_pt_masked. Default: `dirty_log.kvm_mmu_try_split_huge_pages`. Asked: from 5.12.
   */
  kvm_mmu_try_split_huge_pages(kvm: Kvm, slot: kvm_memory_slot, start: number, end: number): void;
  /**
   * Makes all vCPUs load new roots, and so empty their TLBs, after the old roots were dropped.
   * Kernel: kvm_reload_remote_mmus(), x86.c, 5.5 on; kvm_make_all_cpus_request(KVM_REQ_MMU_FREE_OBSOLETE_ROOTS) from 5.18.
   * Locks: slots_lock, mmu_lock for write. Caller: drop_roots(). Default: `mmu.kvm_reload_remote_mmus`. Asked: always.
   */
  kvm_reload_remote_mmus(kvm: Kvm): void;
  /**
   * Says whether a nested page is zapped together with the last table that points to it.
   * Kernel: mmu_page_zap_pte(), mmu.c, 5.10 on. Locks: mmu_lock for write.
   * Caller: kvm_mmu_prepare_zap_page(). Default: `false`, from v5.10 `true`. Asked: always.
   */
  readonly zaps_parentless_nested_pages: boolean;
  /**
   * Says whether a walk goes into the table that an SPTE points to, though L1's entry may have changed behind write tracking.
   * `noslot`: L1's entry points outside all slots.
   * Kernel: kvm_mmu_get_child_sp(), mmu.c: from 7.1 (0cb2af2ea66a) the table's gfn is compared, before nothing.
   * Locks: mmu_lock for write. Caller: direct_map(). Default: `mmu.is_table_for`. Asked: always.
   */
  is_table_for(child: kvm_mmu_page, gfn: number, noslot: boolean, direct?: boolean): boolean;
  /**
   * Says whether a walk that finds a table with the right gfn compares its role as well: a direct table, and one that shadows a page
   * directory which lies where the direct one's memory begins, have the same gfn.
   * Kernel: kvm_mmu_get_child_sp(), mmu.c, 7.2 on (81ccda30b4e8). Locks: mmu_lock for write.
   * Caller: direct_map(), fault_outside_slots(). Default: `true`. Asked: always.
   */
  readonly compares_roles_of_tables: boolean;
  /**
   * Says whether a leaf is dropped before an MMIO SPTE takes its place: where a fault outside all slots walks into tables of memory.
   * Kernel: mmu_set_spte(), mmu.c, up to 5.12 and from 7.0 (aad885e77496). Locks: mmu_lock for write.
   * Caller: direct_map(), fault_outside_slots(). Default: `true`. Asked: always.
   */
  readonly drops_spte_for_mmio: boolean;
  /**
   * Says whether nested pages that lose their last parent by a write of L1 to its tables are zapped, too.
   * Kernel: kvm_mmu_track_write(), mmu.c, seen in 7.3.4 and not in 6.12.118. Locks: mmu_lock for write.
   * Caller: clear_gpte_dirty(). Default: `false`, from v6.18 `true`. Asked: always.
   */
  readonly track_write_zaps_parentless_pages: boolean;
  /**
   * Zaps the SPTE that shadows an entry which L1 has written; a table that is written repeatedly is zapped as a whole.
   * Kernel: kvm_mmu_pte_write(), mmu.c, 5.5 on; kvm_mmu_track_write() from 6.6. Locks: none; takes mmu_lock for write.
   * Caller: clear_gpte_dirty(), if a root shadows the table. Default: `nested.kvm_mmu_track_write`. Asked: always.
   */
  kvm_mmu_track_write(kvm: Kvm, mmu: Nested, root: kvm_mmu_page, index: number): void;
  /**
   * Counts a write of L1 to a shadowed table; true if the page seems to be no page table any more.
   * Kernel: detect_write_flooding(), mmu.c, 5.5 on. Locks: mmu_lock for write.
   * Caller: kvm_mmu_track_write. Default: `nested.detect_write_flooding`. Asked: always.
   */
  detect_write_flooding(root: kvm_mmu_page): boolean;
  /**
   * Says for which MMU huge leaves are split when dirty logging starts.
   * Kernel: kvm_mmu_slot_try_split_huge_pages(), mmu.c, 5.18 on, nested ones from 6.0. Locks: slots_lock, mmu_lock.
   * Caller: start_dirty_logging(). Default: nobody's, from v5.18 the TDP MMU's, from v6.1 both. Asked: from 5.10.
   */
  readonly eager_split: { readonly tdp: boolean; readonly nested: boolean };
  /**
   * Says from which level on dirty logging write-protects leaves.
   * Kernel: kvm_mmu_slot_remove_write_access(), mmu.c, 5.7 on. Locks: slots_lock, mmu_lock.
   * Caller: start_dirty_logging(). Default: `1`. Asked: always.
   */
  readonly dirty_log_start_level: number;
  /**
   * Decides whether a shadow page is older than the last zap of everything, and must not be found in the hash.
   * Kernel: is_obsolete_sp(), mmu.c, 5.5 on. Locks: mmu_lock for write.
   * Caller: kvm_mmu_get_shadow_page(). Default: `mmu.is_obsolete_sp`. Asked: always.
   */
  is_obsolete_sp(kvm: Kvm, sp: kvm_mmu_page): boolean;
  /**
   * Unmaps memory that the host takes back from the TDP MMU; true if a flush is owed.
   * Kernel: kvm_tdp_mmu_zap_hva_range(), tdp_mmu.c, 5.10 on; kvm_tdp_mmu_unmap_gfn_range() from 5.13. Locks: mmu_lock for write.
   * Caller: kvm_unmap_gfn_range(). Default: `tdp_mmu.zap_leafs`, from v5.10 `tdp_mmu.zap_gfn_range`, from v5.18
   * `tdp_mmu.zap_leafs`. Asked: always.
   */
  tdp_mmu_unmap_gfn_range(kvm: Kvm, start: number, end: number): boolean;
  /**
   * Unmaps memory that the host takes back from the shadow MMU; true if a flush is owed.
   * Kernel: kvm_handle_hva_range() with kvm_unmap_rmapp(), mmu.c, 5.5 on; kvm_rmap_zap_gfn_range() from 6.13. Locks: mmu_lock for
   * write. Caller: kvm_unmap_gfn_range(). Default: `mmu.shadow_unmap_gfn_range`. Asked: always.
   */
  shadow_unmap_gfn_range(kvm: Kvm, start: number, end: number): boolean;
  /**
   * Takes the roots apart that vCPUs use no more, step by step, and lets others run between two steps.
   * Kernel: kvm_tdp_mmu_zap_invalidated_roots(), tdp_mmu.c, 5.13 on; kvm_tdp_mmu_zap_all() before. Locks: slots_lock, mmu_lock for
   * read; takes RCU. Caller: kvm_mmu_zap_all_fast(). Default: `tdp_mmu.kvm_tdp_mmu_zap_invalidated_roots`. Asked: always.
   */
  kvm_tdp_mmu_zap_invalidated_roots(kvm: Kvm): Task;
  /**
   * Makes room for huge pages of the TDP MMU after dirty logging of a slot has stopped.
   * Kernel: kvm_tdp_mmu_zap_collapsible_sptes(), tdp_mmu.c, 5.10 on; kvm_tdp_mmu_recover_huge_pages() from 6.13.
   * Locks: slots_lock, mmu_lock for read. Caller: stop_dirty_logging(). Default: `tdp_mmu.zap_collapsible_tables`, from v6.18
   * `tdp_mmu.collapse_tables_with_leaves`. Asked: always.
   */
  tdp_mmu_dirty_logging_stopped(kvm: Kvm, slot: kvm_memory_slot): void;

  /**
   * Says for which gfn the shadow MMU asks how large a page may be there, when the dirty logging of a slot has stopped.
   * Kernel: kvm_mmu_zap_collapsible_spte(), mmu.c, 5.5 on; for the leaf's from 7.2 (ef057cbf825e). Locks: mmu_lock for write.
   * Caller: shadow_zap_collapsible_leaves(). Default: `dirty_log.gfn_to_collapse`. Asked: always.
   */
  gfn_to_collapse(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): number;

  // The pages' own counters, and the limit of shadow pages.
  /**
   * Counts a page of the shadow MMU that is made (`nr` 1) or leaves the page tables (-1), but no roots.
   * Kernel: kvm_mod_used_mmu_pages(), mmu.c, 5.5 on; up to 6.12 a sum over all VMs, too. Locks: mmu_lock for write.
   * Caller: alloc_sp(), forget_sp(). Default: `mmu_limit.count_used_mmu_pages_and_total`, from v6.18
   * `mmu_limit.count_used_mmu_pages`. Asked: always.
   */
  kvm_mod_used_mmu_pages(kvm: Kvm, nr: number): void;
  /**
   * Counts a page of the TDP MMU that is made, but no root.
   * Kernel: tdp_account_mmu_page(), tdp_mmu.c, a counter from 6.3 on; before, a list has these pages. Locks: mmu_lock.
   * Caller: alloc_sp(). Default: nothing, from v6.4 `tdp_mmu.tdp_account_mmu_page`. Asked: from 5.10.
   */
  tdp_account_mmu_page(kvm: Kvm, sp: kvm_mmu_page): void;
  /**
   * Counts that a page of the TDP MMU has left the page tables.
   * Kernel: tdp_unaccount_mmu_page(), tdp_mmu.c, a counter from 6.3 on; before, a list has these pages. Locks: mmu_lock.
   * Caller: forget_sp(). Default: nothing, from v6.4 `tdp_mmu.tdp_unaccount_mmu_page`. Asked: from 5.10.
   */
  tdp_unaccount_mmu_page(kvm: Kvm, sp: kvm_mmu_page): void;
  /**
   * Splits a huge leaf of the shadow MMU for dirty logging: a table that maps the same takes its place, and is not accounted.
   * Kernel: shadow_mmu_split_huge_page(), mmu.c, 6.0 on. Locks: slots_lock, mmu_lock for write.
   * Caller: start_dirty_logging, kvm_mmu_try_split_huge_pages. Default: `mmu.shadow_mmu_split_huge_page`. Asked: from 6.0.
   */
  shadow_mmu_split_huge_page(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): kvm_mmu_page;
  /**
   * Makes room for at least one shadow page before a fault that may need some.
   * Kernel: make_mmu_pages_available(), mmu.c, 5.5 on. Locks: mmu_lock for write, SRCU.
   * Caller: fault_until_mapped(). Default: `mmu_limit.make_mmu_pages_available`. Asked: always.
   */
  make_mmu_pages_available(kvm: Kvm): void;
  /**
   * Zaps at least `nr_to_zap` of the oldest shadow pages, or all there are; none if it is not above 0.
   * Kernel: kvm_mmu_zap_oldest_mmu_pages(), mmu.c, 5.8 on; kvm_mmu_change_mmu_pages() and others before. Locks: mmu_lock for write.
   * Caller: make_mmu_pages_available, kvm_mmu_change_mmu_pages, `reclaim`. Default: `mmu_limit.kvm_mmu_zap_oldest_mmu_pages`.
   * Asked: always.
   */
  kvm_mmu_zap_oldest_mmu_pages(kvm: Kvm, nr_to_zap: number): void;
  /**
   * Sets the limit of shadow pages; a lower limit takes effect at once.
   * Kernel: kvm_mmu_change_mmu_pages(), mmu.c, 5.5 on. Locks: none; takes mmu_lock for write.
   * Caller: `nr_mmu_pages`. Default: `mmu_limit.kvm_mmu_change_mmu_pages`. Asked: always.
   */
  kvm_mmu_change_mmu_pages(kvm: Kvm, goal: number): void;
  /**
   * Says where the fixes of B37 (tdp), B38 (shadow) and B39 (when_backing_heals) are in: idle tables are zapped (memslots.ts).
   * Kernel: none; no kernel shipped has them. Locks: slots_lock, or none; mmu_lock for write is taken next.
   * Caller: stop_dirty_logging(), invalidate_region(), `attributes`. Default: all of them. Asked: always.
   */
  readonly drops_idle_tables: {
    readonly when_logging_stops: { readonly tdp: boolean; readonly shadow: boolean };
    readonly when_backing_heals: boolean;
  };
}
