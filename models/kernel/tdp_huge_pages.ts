/**
 * Dirty logging and huge pages of the TDP MMU: they are split when it starts, and come back when it has stopped. Models
 * arch/x86/kvm/mmu/tdp_mmu.c, 5.10 to 7.3.
 */
import { initially_all_set } from './dirty_log';
import { kvm_mmu_max_mapping_level } from './memslots';
import { is_leaf } from './spte';
import { for_each_upper_spte } from './tdp_iter';
import { fill_table, tdp_mmu_alloc_child, tdp_mmu_link_sp, tdp_mmu_set_spte } from './tdp_mmu';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Kvm, kvm_memory_slot, kvm_mmu_page } from './types';

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
