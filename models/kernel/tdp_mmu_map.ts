/**
 * Faults of the TDP MMU, and the order in which each baseline makes, accounts and publishes a table. Models
 * kvm_tdp_mmu_map() (arch/x86/kvm/mmu/tdp_mmu.c), 5.10 to 7.3.
 */
import { ROOT_LEVEL } from '../world/world';
import { lock_pages, unlock_pages } from './lock';
import { built_for, disallowed_hugepage_adjust, is_noslot } from './page_fault';
import { check_leaf } from './sp';
import { ACC_ALL, is_leaf, is_table, spte_index } from './spte';
import { fill_table, tdp_mmu_alloc_child, tdp_mmu_link_sp, tdp_mmu_root, tdp_mmu_set_spte } from './tdp_mmu';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Fault, Kvm, kvm_mmu_page, Task } from './types';

/** The fault's frame keeps the table: other threads may run between its publication and the rest of the fault. */
export function tdp_mmu_alloc_for_fault(
  kvm: Kvm,
  fault: Fault,
  sp: kvm_mmu_page,
  index: number,
  level: number,
): kvm_mmu_page {
  const child = tdp_mmu_alloc_child(kvm, sp, index, level);
  child.built = built_for(fault, level);
  kvm.running.sp = child;
  kvm.running.level = level;
  return child;
}

/** kvm_tdp_mmu_map(), with mmu_lock held for read (in 5.10, a spinlock). False if the fault is to be tried again. */
export function* kvm_tdp_mmu_map(kvm: Kvm, fault: Fault): Task<boolean> {
  let sp = tdp_mmu_root(kvm, fault.mmu);
  let level = ROOT_LEVEL;
  for (; ; level--) {
    const index = spte_index(kvm.world.fan_out, fault.gfn, level);
    disallowed_hugepage_adjust(kvm, fault, sp, index, level);
    if (level === fault.goal_level) break;
    sp = sp.child[index] ?? (yield* kvm.ops.tdp_mmu_install_child(kvm, fault, sp, index, level));
    // The table was zapped meanwhile, so its entries are frozen and the fault is retried.
    if (sp.parent_ptes.length === 0) return false;
  }
  if (!is_noslot(fault)) tdp_mmu_map_handle_target_level(kvm, fault, sp, level);
  return true;
}

const is_access_allowed = ({ kind }: Fault, spte: number): boolean => (spte & kind) === kind;

function tdp_mmu_map_handle_target_level(kvm: Kvm, fault: Fault, sp: kvm_mmu_page, level: number): void {
  const index = spte_index(kvm.world.fan_out, fault.gfn, level);
  const old = sp.spt[index] ?? 0;
  if (fault.prefetch && kvm.ops.is_spurious_prefault(old, level)) return;
  // RET_PF_SPURIOUS: another vCPU has mapped the page. If the mitigation was enabled since, mapping it again could
  // remove rights.
  if (is_leaf(old, level) && is_access_allowed(fault, old)) return;
  const replaces_table = is_table(old, level);
  tdp_mmu_set_spte(kvm, sp, index, level, kvm.ops.make_spte(level, ACC_ALL, kvm.ops.is_nx_huge_page_enabled(kvm)));
  check_leaf(kvm, sp, index, level, ACC_ALL);
  if (replaces_table) kvm_flush_remote_tlbs(kvm);
}

/** Up to 5.11: accounts the table before linking it. Zaps a huge leaf in the way. */
export function* account_then_link(
  kvm: Kvm,
  fault: Fault,
  sp: kvm_mmu_page,
  index: number,
  level: number,
): Task<kvm_mmu_page> {
  zap_huge_leaf(kvm, sp, index, level);
  const child = tdp_mmu_alloc_for_fault(kvm, fault, sp, index, level);
  if (fault.huge_page_disallowed && kvm.ops.tdp_mmu_accounts(fault, level)) kvm.ops.tdp_mmu_account(kvm, child);
  tdp_mmu_link_sp(kvm, sp, index, level, child);
  yield 'spte_published';
  return child;
}

/**
 * 5.12 to 6.1: accounts the table after linking it, under tdp_mmu_pages_lock and only if it is still linked (the fix of
 * B12). Zaps a huge leaf in the way.
 */
export function* link_then_account(
  kvm: Kvm,
  fault: Fault,
  sp: kvm_mmu_page,
  index: number,
  level: number,
): Task<kvm_mmu_page> {
  zap_huge_leaf(kvm, sp, index, level);
  const child = tdp_mmu_alloc_for_fault(kvm, fault, sp, index, level);
  tdp_mmu_link_sp(kvm, sp, index, level, child);
  yield 'spte_published';
  lock_pages(kvm);
  const wanted = fault.huge_page_disallowed && kvm.ops.tdp_mmu_accounts(fault, level);
  if (wanted && kvm.ops.still_to_be_tracked(child)) kvm.ops.tdp_mmu_account(kvm, child);
  unlock_pages(kvm);
  return child;
}

/**
 * From 6.2: flags the table before linking it, and lists it afterwards if it is still flagged. Splits a huge leaf in
 * the way.
 */
export function* flag_link_track(
  kvm: Kvm,
  fault: Fault,
  sp: kvm_mmu_page,
  index: number,
  level: number,
): Task<kvm_mmu_page> {
  const child = tdp_mmu_alloc_for_fault(kvm, fault, sp, index, level);
  const { flags_before_publishing } = kvm.ops;
  child.nx_huge_page_disallowed = flags_before_publishing && kvm.ops.flags_table(fault, level);
  const old = sp.spt[index] ?? 0;
  if (is_leaf(old, level)) fill_table(kvm, child, level - 1, old);
  tdp_mmu_link_sp(kvm, sp, index, level, child);
  yield 'spte_published';
  if (!flags_before_publishing) child.nx_huge_page_disallowed = kvm.ops.flags_table(fault, level);
  if (fault.huge_page_disallowed && kvm.ops.tdp_mmu_accounts(fault, level)) {
    lock_pages(kvm);
    if (kvm.ops.still_to_be_tracked(child)) kvm.ops.tdp_mmu_account(kvm, child);
    unlock_pages(kvm);
  }
  return child;
}

/** tdp_mmu_zap_spte_atomic(): also flushes. */
export function zap_huge_leaf(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): void {
  if (!is_leaf(sp.spt[index] ?? 0, level)) return;
  tdp_mmu_set_spte(kvm, sp, index, level, 0);
  kvm_flush_remote_tlbs(kvm);
}
