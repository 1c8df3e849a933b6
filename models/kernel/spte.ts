/**
 * SPTEs: their bits, indices and ranges. Models arch/x86/kvm/mmu/spte.h and spte.c (5.10 to 7.3; before,
 * arch/x86/kvm/mmu/mmu.c, from 5.5).
 */
import { target_of } from '../world/entries';
import type { Kvm, kvm_mmu_page } from './types';

/** SPTE bits. 0 is an empty SPTE; a present one without PT_PAGE_SIZE is a table, except at level 4K. */
export const PRESENT = 1;
export const WRITE = 2;
export const EXEC = 4;
export const PT_PAGE_SIZE = 8;
/** The bit that a guest access needs in a present leaf: none for a read, otherwise WRITE or EXEC. */
export const READ = 0;
/** Access bits, as in a fault and in a TLB entry. */
export const ACC_ALL = PRESENT | WRITE | EXEC;
/** The access bits under an entry of L1 whose dirty bit is clear. */
export const ACC_CLEAN = PRESENT | EXEC;

/** An SPTE that points to a table grants all rights; the leaves below restrict them. */
export const TABLE_SPTE = PRESENT | WRITE | EXEC;

/**
 * make_mmio_spte(): outside all slots. It maps nothing and is not present, and an access that finds it is emulated, whatever L1's entry
 * says by now. Only nested tables have it here: elsewhere only slots decide what an address is.
 */
export const MMIO_SPTE = 16;
export const is_mmio_spte = (spte: number): boolean => spte === MMIO_SPTE;

export const is_shadow_present_pte = (spte: number): boolean => (spte & PRESENT) !== 0;
export const is_large_pte = (spte: number): boolean => (spte & PT_PAGE_SIZE) !== 0;
/** is_last_spte(): the result depends on the level that the caller passes. */
export const is_last_spte = (spte: number, level: number): boolean => level === 1 || is_large_pte(spte);
export const is_leaf = (spte: number, level: number): boolean =>
  is_shadow_present_pte(spte) && is_last_spte(spte, level);
export const is_table = (spte: number, level: number): boolean =>
  is_shadow_present_pte(spte) && !is_last_spte(spte, level);

/** is_nx_huge_page_enabled(): the mitigation is on, and this VM is not exempt from it. */
export const is_nx_huge_page_enabled = (kvm: Kvm): boolean => kvm.params.nx_huge_pages && !kvm.disable_nx_huge_pages;

/**
 * make_spte(): a leaf of `level` that grants at most `access`. Above 4K it is not executable while the mitigation is
 * on.
 */
export function make_spte(level: number, access: number, nx_huge_pages: boolean): number {
  let spte = PRESENT | (access & WRITE);
  if (level === 1 || !nx_huge_pages) spte |= EXEC;
  return level > 1 ? spte | PT_PAGE_SIZE : spte;
}

/** KVM_PAGES_PER_HPAGE(): 4K pages under one SPTE of `level`. */
export function KVM_PAGES_PER_HPAGE(fan_out: number, level: number): number {
  if (level === 1) return 1;
  return level === 2 ? fan_out : level === 3 ? fan_out * fan_out : fan_out ** (level - 1);
}

/** The first gfn under SPTE `index` of a table (kvm_mmu_page_get_gfn()). */
export function spte_gfn(fan_out: number, sp: kvm_mmu_page, level: number, index: number): number {
  return sp.gfn + target_of(sp.shadowed_translation, index) * KVM_PAGES_PER_HPAGE(fan_out, level);
}

/** Index of the SPTE for `gfn` in a table at `level`. The root has as many entries as the guest needs. */
export function spte_index(fan_out: number, gfn: number, level: number): number {
  const index = (gfn / KVM_PAGES_PER_HPAGE(fan_out, level)) | 0;
  return level === 3 ? index : index % fan_out;
}

/**
 * The indices of the SPTEs of a table at `level` that map any part of [start, end): the first, and the last plus one.
 */
export function spte_range(fan_out: number, sp: kvm_mmu_page, level: number, start: number, end: number) {
  const size = KVM_PAGES_PER_HPAGE(fan_out, level);
  const first = Math.max(0, Math.floor((start - sp.gfn) / size));
  const last = Math.min(sp.spt.length, Math.ceil((end - sp.gfn) / size));
  return { first, last, size };
}
