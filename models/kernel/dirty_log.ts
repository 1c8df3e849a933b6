/**
 * KVM_CLEAR_DIRTY_LOG: userspace has copied pages, and wants to see the next writes to them. Models virt/kvm/kvm_main.c and
 * arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3.
 *
 * The bitmap itself is not modelled. While a slot is logged, nothing that is writable is without its dirty bit, and a huge
 * page has all of its bits or none that matters: to clear a bit again changes no SPTE. The kernel flushes whenever it has
 * cleared a bit, the model only if an SPTE has lost rights.
 */
import { type Cleared, PG_LEVEL_2M, PG_LEVEL_4K } from '../world/world';
import { lock_slots, mmu_unlock, unlock_slots, write_lock } from './lock';
import { gfn_to_memslot } from './memslots';
import { for_each_shadow_leaf, shadow_try_split_huge_pages } from './mmu';
import { write_spte } from './sp';
import { is_leaf, KVM_PAGES_PER_HPAGE, spte_gfn, WRITE } from './spte';
import { for_each_upper_spte, tdp_try_split_huge_pages } from './tdp_mmu';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Kvm, kvm_memory_slot } from './types';

/** kvm_dirty_log_manual_protect_and_init_set(): all pages are dirty when logging begins. */
export const initially_all_set = (kvm: Kvm): boolean => kvm.dirty_log_mode === 'initially_set';

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
 * kvm_arch_mmu_enable_log_dirty_pt_masked(): where huge pages have not been split when logging began, they are now, or are
 * protected. Then the leaves of 4K are.
 */
export function kvm_arch_mmu_enable_log_dirty_pt_masked(
  kvm: Kvm,
  slot: kvm_memory_slot,
  start: number,
  end: number,
): void {
  if (initially_all_set(kvm) && kvm.ops.protects_huge_pages_when_cleared) {
    kvm.ops.kvm_mmu_try_split_huge_pages(kvm, slot, start, end);
    write_protect(kvm, slot, start, end, PG_LEVEL_2M);
  }
  write_protect(kvm, slot, start, end, PG_LEVEL_4K);
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
 * kvm_mmu_slot_gfn_write_protect() from 2M on, kvm_mmu_write_protect_pt_masked() for 4K: takes the right to write from the
 * leaves above 4K, or of 4K, that map any of these pages.
 */
function write_protect(kvm: Kvm, slot: kvm_memory_slot, start: number, end: number, level: number): void {
  const wanted = (at: number) => (level === PG_LEVEL_4K ? at === level : at >= level);
  for_each_shadow_leaf(kvm, start, end, (sp, index, at, spte) => {
    if (wanted(at)) write_spte(kvm, sp, index, at, spte & ~WRITE);
  });
  for_each_upper_spte(
    kvm,
    slot,
    (sp, index, at) => {
      const spte = sp.spt[index] ?? 0;
      const child = sp.child[index];
      if (is_leaf(spte, at) && wanted(at)) write_spte(kvm, sp, index, at, spte & ~WRITE);
      if (!child || at !== PG_LEVEL_2M || !wanted(PG_LEVEL_4K)) return;
      for (const [i, pte] of child.spt.entries()) {
        const gfn = spte_gfn(kvm.world.fan_out, child, PG_LEVEL_4K, i);
        if (gfn >= start && gfn < end) write_spte(kvm, child, i, PG_LEVEL_4K, pte & ~WRITE);
      }
    },
    start,
    end,
  );
}
