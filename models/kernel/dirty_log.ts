/**
 * Dirty logging: where it starts and stops, and KVM_CLEAR_DIRTY_LOG, by which userspace that has copied pages asks for the
 * next writes to them. Models virt/kvm/kvm_main.c, arch/x86/kvm/x86.c and arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3.
 *
 * The bitmap itself is not modelled. While a slot is logged, nothing that is writable is without its dirty bit, and a huge
 * page has all of its bits or none that matters: to clear a bit again changes no SPTE. The kernel flushes whenever it has
 * cleared a bit, the model only if an SPTE has lost rights.
 */
import { type Cleared, PG_LEVEL_2M, PG_LEVEL_4K } from '../world/world';
import { lock_slots, mmu_unlock, read_lock, synchronize_srcu, unlock_slots, write_lock } from './lock';
import { drop_idle_tables, gfn_to_memslot, kvm_mmu_max_mapping_level } from './memslots';
import { kvm_mmu_invalidate_mmio_sptes } from './mmio';
import { for_each_shadow_leaf } from './rmap';
import { shadow_try_split_huge_pages } from './shadow_split';
import { write_spte } from './sp';
import { is_leaf, KVM_PAGES_PER_HPAGE, spte_gfn, WRITE } from './spte';
import { tdp_try_split_huge_pages } from './tdp_huge_pages';
import { for_each_upper_spte } from './tdp_iter';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Kvm, kvm_memory_slot, kvm_mmu_page, Task } from './types';

/** kvm_dirty_log_manual_protect_and_init_set(): all pages are dirty when logging begins. */
export const initially_all_set = (kvm: Kvm): boolean => kvm.dirty_log_mode === 'initially_set';

/** KVM_MEM_LOG_DIRTY_PAGES set: huge leaves are split at once (from 5.18), or write-protected. */
export function* start_dirty_logging(kvm: Kvm, slot: kvm_memory_slot): Task {
  if (slot.base_gfn < 0 || slot.dirty_log) return;
  lock_slots(kvm);
  synchronize_srcu(kvm);
  kvm_mmu_invalidate_mmio_sptes(kvm);
  slot.dirty_log = true;
  yield 'slots_swapped';
  // All pages are known to be dirty: what is mapped is split or protected when the bits are cleared.
  const all_dirty = initially_all_set(kvm);
  if (all_dirty && kvm.ops.protects_huge_pages_when_cleared) {
    unlock_slots(kvm);
    return;
  }
  const from_level = all_dirty ? PG_LEVEL_2M : kvm.ops.dirty_log_start_level;
  const end = slot.base_gfn + slot.npages;
  if (kvm_memslots_have_rmaps(kvm)) {
    write_lock(kvm);
    if (kvm.tdp_mmu_enabled && kvm.ops.eager_split.nested) shadow_try_split_huge_pages(kvm, slot.base_gfn, end);
    for_each_shadow_leaf(kvm, slot.base_gfn, end, (sp, index, level, spte) => {
      if (level >= from_level) write_spte(kvm, sp, index, level, spte & ~WRITE);
    });
    kvm_flush_remote_tlbs(kvm);
    mmu_unlock(kvm);
  }
  read_lock(kvm);
  if (kvm.tdp_mmu_enabled && kvm.ops.eager_split.tdp) tdp_try_split_huge_pages(kvm, slot);
  for_each_upper_spte(kvm, slot, (sp, index, level) => tdp_write_protect(kvm, sp, index, level, from_level));
  kvm_flush_remote_tlbs(kvm);
  mmu_unlock(kvm);
  unlock_slots(kvm);
}

/** Whether the shadow MMU has mapped anything. Only then is it searched, with mmu_lock held for write. */
export function kvm_memslots_have_rmaps(kvm: Kvm): boolean {
  return !kvm.tdp_mmu_enabled || kvm.sps.some(({ tdp_mmu_page }) => !tdp_mmu_page);
}

/**
 * Write-protects the leaf in an SPTE, or those leaves of the table of 4K pages below it that map any of [start, end), if
 * they are of `from_level` or above.
 */
export function tdp_write_protect(
  kvm: Kvm,
  sp: kvm_mmu_page,
  index: number,
  level: number,
  from_level: number = kvm.ops.dirty_log_start_level,
  start = 0,
  end: number = Number.POSITIVE_INFINITY,
): void {
  const spte = sp.spt[index] ?? 0;
  if (is_leaf(spte, level) && level >= from_level) write_spte(kvm, sp, index, level, spte & ~WRITE);
  const table = sp.child[index];
  if (!table || level > PG_LEVEL_2M || from_level > PG_LEVEL_4K) return;
  for (const [i, leaf] of table.spt.entries()) {
    const gfn = spte_gfn(kvm.world.fan_out, table, PG_LEVEL_4K, i);
    if (gfn >= start && gfn < end) write_spte(kvm, table, i, PG_LEVEL_4K, leaf & ~WRITE);
  }
}

/** KVM_MEM_LOG_DIRTY_PAGES cleared: huge pages may return. */
export function* stop_dirty_logging(kvm: Kvm, slot: kvm_memory_slot): Task {
  if (slot.base_gfn < 0 || !slot.dirty_log) return;
  lock_slots(kvm);
  synchronize_srcu(kvm);
  kvm_mmu_invalidate_mmio_sptes(kvm);
  slot.dirty_log = false;
  yield 'slots_swapped';
  if (kvm_memslots_have_rmaps(kvm)) {
    write_lock(kvm);
    if (shadow_zap_collapsible_leaves(kvm, slot)) kvm_flush_remote_tlbs(kvm);
    mmu_unlock(kvm);
  }
  read_lock(kvm);
  kvm.ops.tdp_mmu_dirty_logging_stopped(kvm, slot);
  mmu_unlock(kvm);
  const { tdp, shadow } = kvm.ops.drops_idle_tables.when_logging_stops;
  if (tdp || shadow) {
    write_lock(kvm);
    drop_idle_tables(kvm, slot, slot.base_gfn, slot.base_gfn + slot.npages, tdp, shadow);
    mmu_unlock(kvm);
  }
  unlock_slots(kvm);
}

/**
 * kvm_mmu_zap_collapsible_spte() for each rmap: zaps leaves that could be larger, but not their tables. Leaves of tables
 * that shadow L1's own are never asked for.
 */
export function shadow_zap_collapsible_leaves(kvm: Kvm, slot: kvm_memory_slot): boolean {
  let flush = false;
  for_each_shadow_leaf(kvm, slot.base_gfn, slot.base_gfn + slot.npages, (sp, index, level) => {
    if (!sp.role.direct) return;
    if (level >= kvm_mmu_max_mapping_level(kvm, slot, kvm.ops.gfn_to_collapse(kvm, sp, index, level))) return;
    write_spte(kvm, sp, index, level, 0);
    flush = true;
  });
  return flush;
}

/** The gfn of the leaf itself, which lies in the slot. */
export const gfn_to_collapse = (kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): number =>
  spte_gfn(kvm.world.fan_out, sp, level, index);

/** 4K pages of one word of a bitmap (BITS_PER_LONG); in a world with smaller tables, those of one region. */
const BITS_PER_LONG = 64;

/**
 * kvm_clear_dirty_log_protect(): clears the bits of a 4K page, of its region or of its slot, word by word. EINVAL outside
 * all slots, ENOENT where nothing is logged: nothing happens.
 */
export function kvm_clear_dirty_log_protect(kvm: Kvm, gfn: number, size: Cleared): void {
  const slot = gfn_to_memslot(kvm, gfn);
  if (!slot?.dirty_log) return;
  const { fan_out } = kvm.world;
  const pages = size === 'slot' ? slot.npages : KVM_PAGES_PER_HPAGE(fan_out, size === '2m' ? PG_LEVEL_2M : PG_LEVEL_4K);
  const start = gfn - ((gfn - slot.base_gfn) % pages);
  const word = Math.min(BITS_PER_LONG, fan_out, pages);
  lock_slots(kvm);
  write_lock(kvm);
  for (let at = start; at < start + pages; at += word)
    kvm.ops.kvm_arch_mmu_enable_log_dirty_pt_masked(kvm, slot, at, at + word);
  if (kvm.running.zapped) kvm_flush_remote_tlbs(kvm);
  mmu_unlock(kvm);
  unlock_slots(kvm);
  kvm.record.log_cleared = { slot, start, end: start + pages };
}

/**
 * kvm_arch_mmu_enable_log_dirty_pt_masked(): splits the huge pages that were not split when logging began, and protects
 * what is mapped now. The kernel protects huge pages here only if it has not done so when logging began. This function
 * always does: a huge page that is protected stays so.
 */
export function kvm_arch_mmu_enable_log_dirty_pt_masked(
  kvm: Kvm,
  slot: kvm_memory_slot,
  start: number,
  end: number,
): void {
  if (initially_all_set(kvm) && kvm.ops.protects_huge_pages_when_cleared) {
    kvm.ops.kvm_mmu_try_split_huge_pages(kvm, slot, start, end);
  }
  write_protect(kvm, slot, start, end);
}

/**
 * kvm_mmu_try_split_huge_pages(). The shadow MMU's walk over its reverse maps enters the first huge page whatever the range
 * is.
 */
export function kvm_mmu_try_split_huge_pages(kvm: Kvm, slot: kvm_memory_slot, start: number, end: number): void {
  if (!kvm.tdp_mmu_enabled) return;
  const { tdp, nested } = kvm.ops.eager_split;
  if (nested) shadow_try_split_huge_pages(kvm, start, Math.max(end, start + 1));
  if (tdp) tdp_try_split_huge_pages(kvm, slot, start, end);
}

/**
 * kvm_mmu_slot_gfn_write_protect() for huge pages, kvm_mmu_write_protect_pt_masked() for 4K: takes the right to write
 * from the leaves that map any of these pages.
 */
function write_protect(kvm: Kvm, slot: kvm_memory_slot, start: number, end: number): void {
  for_each_shadow_leaf(kvm, start, end, (sp, index, level, spte) => {
    write_spte(kvm, sp, index, level, spte & ~WRITE);
  });
  const protect = (sp: kvm_mmu_page, index: number, level: number): void =>
    tdp_write_protect(kvm, sp, index, level, PG_LEVEL_4K, start, end);
  for_each_upper_spte(kvm, slot, protect, start, end);
}
