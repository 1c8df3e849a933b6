/** The shadow MMU (arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3). It maps nested guests, and L1 where there is no TDP MMU. */
import { with_target } from '../world/entries';
import { is_nested, MMUS, type Mmu, PG_LEVEL_4K, ROOT_LEVEL } from '../world/world';
import { check_gfn, walks_into } from './child_sp';
import { burn } from './fault';
import { assert_mmu_lock_for_write, mmu_unlock, write_lock } from './lock';
import { mark_mmio_spte } from './mmio';
import { is_direct_below } from './nested';
import { built_for, disallowed_hugepage_adjust, is_noslot } from './page_fault';
import { forget_holders, make_roots_obsolete } from './roots';
import { alloc_sp, check_leaf, forget_sp, free_sps, mmu_of, write_spte } from './sp';
import {
  ACC_ALL,
  is_shadow_present_pte,
  is_table,
  KVM_PAGES_PER_HPAGE,
  spte_gfn,
  spte_index,
  TABLE_SPTE,
  WRITE,
} from './spte';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Fault, Kvm, kvm_mmu_page, Task } from './types';

/** mmu_alloc_direct_roots() or mmu_alloc_shadow_roots(). A nested root shadows L1's tables, so it is not direct. */
export function shadow_root(kvm: Kvm, mmu: Mmu): kvm_mmu_page {
  kvm.roots[mmu] ??= alloc_sp(kvm, {
    gfn: 0,
    level: ROOT_LEVEL,
    direct: !is_nested(mmu),
    mmu,
    access: ACC_ALL,
    tdp_mmu_page: false,
    is_root: true,
    entries: kvm.root_entries,
  });
  return kvm.roots[mmu];
}

/**
 * kvm_mmu_get_shadow_page(): a page that no SPTE points to may still be in the hash, with its contents. Roots have a
 * level of their own, and the shadow MMU never uses pages of the TDP MMU. `direct`: false for what shadows a page directory, whose
 * `gfn` is here the first that it maps (page.ts).
 */
export function kvm_mmu_get_shadow_page(
  kvm: Kvm,
  gfn: number,
  level: number,
  mmu: Mmu,
  access: number,
  direct = true,
): kvm_mmu_page {
  const found = kvm.ops.kvm_mmu_find_shadow_page(kvm, gfn, level, mmu, access, direct);
  if (found) return found;
  const entries = kvm.world.fan_out;
  return alloc_sp(kvm, { gfn, level, direct, mmu, access, tdp_mmu_page: false, is_root: false, entries });
}

/**
 * kvm_mmu_find_shadow_page(): the page in the hash with this gfn and role that is not obsolete, linked or not; or null.
 */
export function kvm_mmu_find_shadow_page(
  kvm: Kvm,
  gfn: number,
  level: number,
  mmu: Mmu,
  access: number,
  direct = true,
): kvm_mmu_page | null {
  for (const sp of kvm.sps) {
    if (sp.gfn !== gfn || kvm.ops.is_obsolete_sp(kvm, sp)) continue;
    if (sp.role.level !== level || sp.role.access !== access || sp.role.direct !== direct) continue;
    if (mmu_of(sp) === mmu) return sp;
  }
  return null;
}

/**
 * link_shadow_page(): first zaps and flushes what is in the way: a huge leaf, or the table of another gfn, to which L1's entry
 * pointed before.
 */
export function link_shadow_page(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number, child: kvm_mmu_page): void {
  if (is_shadow_present_pte(sp.spt[index] ?? 0)) {
    const invalid_list: kvm_mmu_page[] = [];
    if (is_table(sp.spt[index] ?? 0, level)) drop_table(kvm, sp, index, level, invalid_list);
    else write_spte(kvm, sp, index, level, 0);
    kvm_mmu_remote_flush_or_zap(kvm, invalid_list, true);
  }
  child.parent_ptes.push({ sp, index });
  write_spte(kvm, sp, index, level, TABLE_SPTE, child);
  note_translation(kvm, sp, index, child.gfn);
}

/** mmu_page_zap_pte() of an SPTE that points to a table. A nested guest's table to which nothing else points is zapped, too. */
function drop_table(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number, invalid_list: kvm_mmu_page[]): void {
  const child = drop_parent_pte(kvm, sp, index, level);
  const lost = child.role.guest_mode && child.parent_ptes.length === 0;
  if (lost && kvm.ops.zaps_parentless_nested_pages) kvm_mmu_prepare_zap_page(kvm, child, invalid_list);
}

/** kvm_mmu_page_set_translation(): what an SPTE of a nested guest's root maps. */
function note_translation({ world }: Kvm, sp: kvm_mmu_page, index: number, gfn: number): void {
  if (sp.role.direct || !sp.is_root) return;
  const giga = gfn / KVM_PAGES_PER_HPAGE(world.fan_out, ROOT_LEVEL);
  sp.shadowed_translation = with_target(sp.shadowed_translation, index, giga);
}

/** drop_parent_pte(): clears the SPTE that points to a table. The table itself stays in the hash. */
export function drop_parent_pte(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): kvm_mmu_page {
  const child = sp.child[index] as kvm_mmu_page;
  write_spte(kvm, sp, index, level, 0);
  child.parent_ptes.splice(
    child.parent_ptes.findIndex((ptep) => ptep.sp === sp && ptep.index === index),
    1,
  );
  return child;
}

/**
 * validate_direct_spte(): unlinks a table whose access rights are not those of the fault. The tables below it stay on
 * the lists.
 */
export function validate_direct_spte(
  kvm: Kvm,
  sp: kvm_mmu_page,
  index: number,
  level: number,
  direct_access: number,
): void {
  const child = sp.child[index];
  if (!child || child.role.access === direct_access) return;
  drop_parent_pte(kvm, sp, index, level);
  kvm_flush_remote_tlbs(kvm);
}

/**
 * direct_map(), and also FNAME(fetch)() below the tables that shadow L1's own, because that walk is the same. Where L1's entry leads to
 * a page directory, the first table is one of those: not direct, never accounted, and with all rights. Holds mmu_lock for write, so
 * nothing interleaves.
 */
export function direct_map(kvm: Kvm, fault: Fault): void {
  const { fan_out } = kvm.world;
  let sp = shadow_root(kvm, fault.mmu);
  sp.write_flooding_count = 0;
  let level = ROOT_LEVEL;
  for (; ; level--) {
    // If the hash look-up is wrong, a table of another level can lead below the last level.
    burn(kvm);
    const index = spte_index(fan_out, fault.addr, level);
    disallowed_hugepage_adjust(kvm, fault, sp, index, level);
    if (level === fault.goal_level) break;
    const direct = level < ROOT_LEVEL || is_direct_below(kvm, fault.mmu, index);
    if (direct) validate_direct_spte(kvm, sp, index, level, fault.access);
    let child = sp.child[index] ?? null;
    const base_gfn = fault.gfn - (fault.gfn % KVM_PAGES_PER_HPAGE(fan_out, level));
    if (child === null || !walks_into(kvm, child, base_gfn, is_noslot(fault), direct)) {
      child = kvm_mmu_get_shadow_page(kvm, base_gfn, level - 1, mmu_of(sp), fault.access, direct);
      link_shadow_page(kvm, sp, index, level, child);
      if (!direct) {
        sp = child;
        continue;
      }
      if (child.built !== 'split') child.built = fault.huge_page_disallowed ? built_for(fault, level) : child.built;
      if (fault.huge_page_disallowed) kvm.ops.account_nx_huge_page(kvm, child, fault.req_level >= level);
    } else if (!is_noslot(fault)) check_gfn(child, base_gfn);
    sp = child;
  }
  const index = spte_index(fan_out, fault.addr, level);
  if (is_noslot(fault)) {
    mark_mmio_spte(kvm, sp, index, kvm.ops.drops_spte_for_mmio);
    return;
  }
  // RET_PF_SPURIOUS: what a prefault finds stays as it is.
  if (fault.prefetch && kvm.ops.is_spurious_prefault(sp.spt[index] ?? 0, level)) return;
  mmu_set_spte(kvm, sp, index, level, fault);
  if (level === PG_LEVEL_4K) direct_pte_prefetch(kvm, fault, sp, index);
}

/** mmu_set_spte(): a table in the way is unlinked, not zapped: it stays in the hash, with its leaves. */
function mmu_set_spte(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number, fault: Fault): void {
  const { access: pte_access } = fault;
  const base_gfn = fault.gfn - (fault.gfn % KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level));
  const table = is_table(sp.spt[index] ?? 0, level);
  // A leaf that maps other memory goes, as a table does.
  const other = sp.spt[index] !== 0 && spte_gfn(kvm.world.fan_out, sp, level, index) !== base_gfn;
  if (table) drop_parent_pte(kvm, sp, index, level);
  else if (other) write_spte(kvm, sp, index, level, 0);
  note_translation(kvm, sp, index, base_gfn);
  write_spte(kvm, sp, index, level, kvm.ops.make_spte(level, pte_access, kvm.ops.is_nx_huge_page_enabled(kvm)));
  check_leaf(kvm, sp, index, level, pte_access);
  if (table || other) kvm_flush_remote_tlbs(kvm);
}

/**
 * direct_pte_prefetch(): also maps the empty PTEs around a faulting one. Under dirty logging it does so only where none
 * of them may be writable (gfn_to_memslot_dirty_bitmap()).
 */
function direct_pte_prefetch(kvm: Kvm, fault: Fault, sp: kvm_mmu_page, index: number): void {
  if (fault.slot.dirty_log && sp.role.access & WRITE) return;
  const start = index - (index % kvm.world.prefetch);
  for (let i = start; i < start + kvm.world.prefetch; i++) {
    if (!is_shadow_present_pte(sp.spt[i] ?? 0))
      write_spte(
        kvm,
        sp,
        i,
        PG_LEVEL_4K,
        kvm.ops.make_spte(PG_LEVEL_4K, sp.role.access, kvm.ops.is_nx_huge_page_enabled(kvm)),
      );
  }
}

/**
 * kvm_mmu_prepare_zap_page(): removes the page from its list and from the tables. kvm_mmu_commit_zap_page() frees it.
 */
export function kvm_mmu_prepare_zap_page(kvm: Kvm, sp: kvm_mmu_page, invalid_list: kvm_mmu_page[]): void {
  const { level } = sp.role;
  assert_mmu_lock_for_write(kvm, 'a shadow page is zapped');
  forget_sp(kvm, sp);
  if (sp.nx_huge_page_disallowed) kvm.ops.unaccount_nx_huge_page(kvm, sp);
  for (let index = 0; index < sp.spt.length; index++) {
    if (!is_table(sp.spt[index] ?? 0, level)) {
      write_spte(kvm, sp, index, level, 0);
      continue;
    }
    drop_table(kvm, sp, index, level, invalid_list);
  }
  for (const ptep of sp.parent_ptes) write_spte(kvm, ptep.sp, ptep.index, level + 1, 0);
  sp.parent_ptes.length = 0;
  invalid_list.push(sp);
}

/** kvm_mmu_remote_flush_or_zap(): flushes and frees the prepared pages; without any, only flushes. */
export function kvm_mmu_remote_flush_or_zap(kvm: Kvm, invalid_list: kvm_mmu_page[], flush: boolean): void {
  if (invalid_list.length === 0 && !flush) return;
  kvm_flush_remote_tlbs(kvm);
  free_sps(kvm, invalid_list);
  invalid_list.splice(0);
}

/**
 * kvm_tdp_mmu_invalidate_all_roots(), and the same for the shadow MMU: vCPUs must load new roots. The old roots are
 * still to be torn down.
 */
export function drop_roots(kvm: Kvm): void {
  for (const mmu of MMUS) kvm.roots[mmu] = null;
  forget_holders(kvm);
  make_roots_obsolete(kvm);
  kvm.running.tlb_suspect = true;
  kvm.ops.kvm_reload_remote_mmus(kvm);
}

/** kvm_make_all_cpus_request(KVM_REQ_MMU_RELOAD): vCPUs load new roots, which also flushes their TLBs. */
export function kvm_reload_remote_mmus(kvm: Kvm): void {
  kvm.tlb = [];
}

/** is_obsolete_sp(): the page was made before the last call of kvm_mmu_zap_all_fast(). */
export const is_obsolete_sp = (kvm: Kvm, sp: kvm_mmu_page): boolean =>
  !sp.tdp_mmu_page && sp.mmu_valid_gen !== kvm.mmu_valid_gen;

/** The first obsolete page, or null. */
function an_obsolete_sp(kvm: Kvm): kvm_mmu_page | null {
  for (const sp of kvm.sps) if (is_obsolete_sp(kvm, sp)) return sp;
  return null;
}

/** kvm_zap_obsolete_pages(): holds mmu_lock for write, and drops it now and then. */
export function* kvm_zap_obsolete_pages(kvm: Kvm): Task {
  const frame = kvm.running;
  frame.invalid_list = [];
  for (;;) {
    const sp = an_obsolete_sp(kvm);
    if (!sp) break;
    kvm_mmu_prepare_zap_page(kvm, sp, frame.invalid_list);
    if (yield 'need_resched') {
      mmu_unlock(kvm);
      yield 'lock_dropped';
      write_lock(kvm);
    }
  }
  kvm_mmu_remote_flush_or_zap(kvm, frame.invalid_list, false);
}
