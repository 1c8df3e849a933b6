/** The TDP MMU (arch/x86/kvm/mmu/tdp_mmu.c, 5.10 to 7.3). It maps L1. */
import { type Mmu, PG_LEVEL_2M, ROOT_LEVEL } from '../world/world';
import { initially_all_set } from './dirty_log';
import { KernelOops, warn } from './fault';
import { lock_pages, mmu_unlock, rcu_read_lock, rcu_read_unlock, read_lock, unlock_pages } from './lock';
import { kvm_mmu_max_mapping_level } from './memslots';
import { built_for, disallowed_hugepage_adjust, is_noslot } from './page_fault';
import { alloc_sp, check_leaf, forget_sp, free_sps, mmu_of, write_spte } from './sp';
import {
  ACC_ALL,
  ACC_CLEAN,
  is_leaf,
  is_shadow_present_pte,
  is_table,
  spte_gfn,
  spte_index,
  spte_range,
  TABLE_SPTE,
  WRITE,
} from './spte';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Fault, Kvm, kvm_memory_slot, kvm_mmu_page, Task } from './types';

/** The MMUs whose roots the TDP MMU may have: one root for each address space. */
const ADDRESS_SPACES = ['tdp', 'smm'] as const;

function tdp_mmu_root(kvm: Kvm, mmu: Mmu): kvm_mmu_page {
  kvm.roots[mmu] ??= new_table(kvm, mmu, 0, ROOT_LEVEL, kvm.root_entries);
  return kvm.roots[mmu];
}

function new_table(kvm: Kvm, mmu: Mmu, gfn: number, level: number, entries: number): kvm_mmu_page {
  const is_root = level === ROOT_LEVEL;
  return alloc_sp(kvm, { gfn, level, direct: true, mmu, access: ACC_ALL, tdp_mmu_page: true, is_root, entries });
}

/** tdp_mmu_alloc_sp() and tdp_mmu_init_child_sp(): the table that SPTE `index` of `sp` will point to. */
export function tdp_mmu_alloc_child(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): kvm_mmu_page {
  const child = new_table(kvm, mmu_of(sp), spte_gfn(kvm.world.fan_out, sp, level, index), level - 1, kvm.world.fan_out);
  const { direct, guest_mode, smm, access } = child.role;
  // Field by field: V8 gives what a spread makes another shape.
  child.role = { level: kvm.ops.child_role_level(level), direct, guest_mode, smm, access };
  return child;
}

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

/** Links a table, which makes it visible to other CPUs. */
export function tdp_mmu_link_sp(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number, child: kvm_mmu_page): void {
  if (child.built !== 'plain' && !kvm.ops.keeps_region_small(child)) {
    warn(kvm, 'ORDER', 'a table that an exec fault needs is published before it is flagged');
  }
  child.parent_ptes.push({ sp, index });
  tdp_mmu_set_spte(kvm, sp, index, level, TABLE_SPTE, child);
}

/** Writes an SPTE. handle_changed_spte() tears down the table that it pointed to. */
export function tdp_mmu_set_spte(
  kvm: Kvm,
  sp: kvm_mmu_page,
  index: number,
  level: number,
  spte: number,
  child: kvm_mmu_page | null = null,
): void {
  const old = sp.spt[index] ?? 0;
  const old_child = sp.child[index] ?? null;
  write_spte(kvm, sp, index, level, spte, child);
  if (is_table(old, level)) handle_removed_pt(kvm, old_child, level - 1);
}

/**
 * handle_removed_pt(): trusts the caller's level. With a wrong one, the PTE of a 4K page is taken for a table:
 * KernelOops.
 */
export function handle_removed_pt(kvm: Kvm, sp: kvm_mmu_page | null, level: number): void {
  if (sp === null) throw new KernelOops('a 4K leaf is taken for a page table and walked');
  forget_sp(kvm, sp);
  kvm.ops.tdp_mmu_unlink_sp(kvm, sp);
  for (let index = 0; index < sp.spt.length; index++) tdp_mmu_set_spte(kvm, sp, index, level, 0);
  sp.parent_ptes.pop();
  kvm.rcu_frees.push(sp);
}

/** The end of an RCU grace period: no reader can still walk the removed tables, so they are freed. */
export function rcu_grace_period(kvm: Kvm): void {
  if (kvm.rcu_frees.length === 0) return;
  free_sps(kvm, kvm.rcu_frees);
  kvm.rcu_frees = [];
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

/** make_small_spte() for each entry: fills a table that replaces a huge leaf, which may be write-protected. */
export function fill_table(kvm: Kvm, sp: kvm_mmu_page, level: number, huge_spte: number = ACC_ALL): void {
  const access = huge_spte & WRITE ? ACC_ALL : ACC_CLEAN;
  for (let index = 0; index < sp.spt.length; index++) {
    write_spte(kvm, sp, index, level, kvm.ops.make_spte(level, access, kvm.ops.is_nx_huge_page_enabled(kvm)));
  }
}

/** tdp_account_mmu_page() since 6.3: a page of the TDP MMU is made. */
export function tdp_account_mmu_page(kvm: Kvm): void {
  kvm.tdp_mmu_pages++;
}

/** tdp_unaccount_mmu_page() since 6.3: it has left the page tables. */
export function tdp_unaccount_mmu_page(kvm: Kvm): void {
  kvm.tdp_mmu_pages--;
}

/** kvm_tdp_mmu_zap_sp() since 5.18: zaps exactly this page, and only if its parent SPTE points to it. */
export function kvm_tdp_mmu_zap_sp(kvm: Kvm, sp: kvm_mmu_page): boolean {
  const [ptep] = sp.parent_ptes;
  if (!ptep || ptep.sp.child[ptep.index] !== sp) return false;
  tdp_mmu_set_spte(kvm, ptep.sp, ptep.index, sp.role.level + 1, 0);
  return true;
}

/** kvm_tdp_mmu_zap_gfn_range() up to 5.17, as recovery calls it: zaps everything inside the range. */
export function zap_gfn_range(kvm: Kvm, start: number, end: number): boolean {
  return zap_in_all_roots(kvm, start, end, true);
}

/** The mmu notifier since 5.18: zaps leaves and keeps the tables. */
export function zap_leafs(kvm: Kvm, start: number, end: number): boolean {
  return zap_in_all_roots(kvm, start, end, false);
}

/** Slots of different address spaces never overlap in this model, so nothing is zapped that another slot has mapped. */
export function zap_in_all_roots(kvm: Kvm, start: number, end: number, tables: boolean): boolean {
  let flush = zap_in_valid_roots(kvm, start, end, tables);
  if (!an_invalidated_root(kvm)) return flush;
  for (const root of kvm.sps.filter((sp) => is_invalidated_root(kvm, sp))) {
    if (zap_range(kvm, root, ROOT_LEVEL, start, end, tables)) flush = true;
  }
  return flush;
}

/** The same in the roots that vCPUs use, and not in those that are being torn down. */
export function zap_in_valid_roots(kvm: Kvm, start: number, end: number, tables: boolean): boolean {
  let flush = false;
  for (const mmu of ADDRESS_SPACES) {
    if (zap_range(kvm, kvm.roots[mmu], ROOT_LEVEL, start, end, tables)) flush = true;
  }
  return flush;
}

function zap_range(
  kvm: Kvm,
  sp: kvm_mmu_page | null,
  level: number,
  start: number,
  end: number,
  tables: boolean,
): boolean {
  if (!sp?.tdp_mmu_page) return false;
  const { first, last, size } = spte_range(kvm.world.fan_out, sp, level, start, end);
  let flush = false;
  for (let index = first; index < last; index++) {
    if (!is_shadow_present_pte(sp.spt[index] as number)) continue;
    const gfn = sp.gfn + index * size;
    const child = sp.child[index] ?? null;
    if (child && !(tables && gfn >= start && gfn + size <= end)) {
      if (zap_range(kvm, child, level - 1, start, end, tables)) flush = true;
    } else {
      tdp_mmu_set_spte(kvm, sp, index, level, 0);
      flush = true;
    }
  }
  return flush;
}

/**
 * Calls `visit`, top down, for each SPTE above 4K that maps only memory of the slot, and some of the 4K pages [from, to):
 * by default, of all. A subtree that `visit` removes is
 * not entered. An SPTE that extends past the slot is never a leaf, and must not be asked for a mapping level; the walk
 * only enters it.
 */
export function for_each_upper_spte(
  kvm: Kvm,
  slot: kvm_memory_slot,
  visit: (sp: kvm_mmu_page, index: number, level: number) => void,
  from: number = slot.base_gfn,
  to: number = slot.base_gfn + slot.npages,
): void {
  const end = slot.base_gfn + slot.npages;
  const descend = (sp: kvm_mmu_page, level: number) => {
    const { first, last, size } = spte_range(kvm.world.fan_out, sp, level, from, to);
    for (let index = first; index < last; index++) {
      const gfn = sp.gfn + index * size;
      if (gfn >= slot.base_gfn && gfn + size <= end) visit(sp, index, level);
      const child = sp.child[index];
      if (child && level > PG_LEVEL_2M) descend(child, level - 1);
    }
  };
  const root = kvm.roots[slot.as_id === 1 ? 'smm' : 'tdp'];
  if (root?.tdp_mmu_page) descend(root, ROOT_LEVEL);
}

/**
 * kvm_tdp_mmu_try_split_huge_pages(): replaces huge leaves of the slot, or of a part of it, by full tables that grant the
 * same and are not accounted.
 */
export function tdp_try_split_huge_pages(kvm: Kvm, slot: kvm_memory_slot, from?: number, to?: number): void {
  const split = (sp: kvm_mmu_page, index: number, level: number): void => {
    const spte = sp.spt[index] ?? 0;
    if (!is_leaf(spte, level)) return;
    const child = tdp_mmu_alloc_child(kvm, sp, index, level);
    fill_table(kvm, child, level - 1, spte);
    tdp_mmu_link_sp(kvm, sp, index, level, child);
  };
  for_each_upper_spte(kvm, slot, split, from, to);
}

/** kvm_tdp_mmu_zap_collapsible_sptes() up to 6.12: zaps tables that a huge leaf could replace, listed or not. */
export function zap_collapsible_tables(kvm: Kvm, slot: kvm_memory_slot): void {
  for_each_upper_spte(kvm, slot, (sp, index, level) => {
    const child = sp.child[index];
    if (!child || kvm_mmu_max_mapping_level(kvm, slot, child.gfn) < level) return;
    tdp_mmu_set_spte(kvm, sp, index, level, 0);
    kvm_flush_remote_tlbs(kvm);
  });
}

/**
 * kvm_tdp_mmu_recover_huge_pages() since 6.13: collapses a table in place if it has any leaf below; otherwise leaves
 * it.
 */
export function collapse_tables_with_leaves(kvm: Kvm, slot: kvm_memory_slot): void {
  let flush = false;
  for_each_upper_spte(kvm, slot, (sp, index, level) => {
    const child = sp.child[index];
    if (!child || kvm_mmu_max_mapping_level(kvm, slot, child.gfn) < level) return;
    const rights = initially_all_set(kvm) ? first_rights_below(child) : rights_below(child);
    if (rights === 0) return;
    tdp_mmu_set_spte(kvm, sp, index, level, kvm.ops.make_spte(level, rights, kvm.ops.is_nx_huge_page_enabled(kvm)));
    flush = true;
  });
  if (flush) kvm_flush_remote_tlbs(kvm);
}

/**
 * tdp_mmu_make_huge_spte(): the rights of the first leaf below; 0 if there is none. Whether that is writable decides
 * what the next write to a slot that begins all dirty finds, so the 4K pages of such a VM are not symmetric.
 */
function first_rights_below(sp: kvm_mmu_page): number {
  for (let index = 0; index < sp.spt.length; index++) {
    const child = sp.child[index];
    const rights = child ? first_rights_below(child) : (sp.spt[index] ?? 0);
    if (rights !== 0) return rights;
  }
  return 0;
}

/**
 * The union of the rights of all leaves below; 0 if there is none. The kernel copies the rights of the first leaf. In a VM
 * whose logs do not begin all dirty the model does not, because 4K pages would not be symmetric then; the only difference
 * is one more fault when the guest writes.
 */
export function rights_below(sp: kvm_mmu_page): number {
  let rights = 0;
  for (let index = 0; index < sp.spt.length; index++) {
    const child = sp.child[index];
    rights |= child ? rights_below(child) : (sp.spt[index] ?? 0);
  }
  return rights;
}

const is_invalidated_root = (kvm: Kvm, sp: kvm_mmu_page): boolean =>
  sp.is_root && sp.tdp_mmu_page && kvm.roots[mmu_of(sp)] !== sp;

/** The first root that no vCPU uses any more, or null. */
export function an_invalidated_root(kvm: Kvm): kvm_mmu_page | null {
  for (const sp of kvm.sps) if (is_invalidated_root(kvm, sp)) return sp;
  return null;
}

/** kvm_tdp_mmu_zap_invalidated_roots(): for each such root, zaps everything below it, then the root. */
export function* kvm_tdp_mmu_zap_invalidated_roots(kvm: Kvm): Task {
  rcu_read_lock(kvm);
  for (let root = an_invalidated_root(kvm); root; root = an_invalidated_root(kvm)) {
    const index = root.spt.findIndex(is_shadow_present_pte);
    if (index < 0) {
      handle_removed_pt(kvm, root, ROOT_LEVEL);
      continue;
    }
    tdp_mmu_set_spte(kvm, root, index, ROOT_LEVEL, 0);
    if (yield 'need_resched') {
      rcu_read_unlock(kvm);
      mmu_unlock(kvm);
      yield 'lock_dropped';
      read_lock(kvm);
      rcu_read_lock(kvm);
    }
  }
  rcu_read_unlock(kvm);
}
