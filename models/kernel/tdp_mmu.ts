/** The TDP MMU (arch/x86/kvm/mmu/tdp_mmu.c, 5.10 to 7.3). It maps L1. */
import { type Mmu, ROOT_LEVEL } from '../world/world';
import { KernelOops, warn } from './fault';
import { mmu_unlock, rcu_read_lock, rcu_read_unlock, read_lock } from './lock';
import { alloc_sp, forget_sp, free_sps, mmu_of, write_spte } from './sp';
import { ACC_ALL, ACC_CLEAN, is_shadow_present_pte, is_table, spte_gfn, spte_range, TABLE_SPTE, WRITE } from './spte';
import type { Kvm, kvm_mmu_page, Task } from './types';

/** The MMUs whose roots the TDP MMU may have: one root for each address space. */
const ADDRESS_SPACES = ['tdp', 'smm'] as const;

export function tdp_mmu_root(kvm: Kvm, mmu: Mmu): kvm_mmu_page {
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
