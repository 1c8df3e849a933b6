/**
 * Eager splitting of the shadow MMU's huge pages, for dirty logging. Models kvm_shadow_mmu_try_split_huge_pages()
 * (arch/x86/kvm/mmu/mmu.c), 6.0 to 7.3.
 */
import { PG_LEVEL_2M, ROOT_LEVEL } from '../world/world';
import { kvm_mmu_get_shadow_page, link_shadow_page } from './mmu';
import { for_each_shadow_leaf } from './rmap';
import { mmu_of, write_spte } from './sp';
import { ACC_ALL, ACC_CLEAN, spte_gfn, WRITE } from './spte';
import type { Kvm, kvm_mmu_page } from './types';

/**
 * kvm_mmu_page_get_access(): what a leaf may grant. The leaves of a root differ: a write-protected one grants no
 * writes.
 */
const kvm_mmu_page_get_access = (sp: kvm_mmu_page, index: number): number =>
  !sp.is_root ? sp.role.access : (sp.spt[index] ?? 0) & WRITE ? ACC_ALL : ACC_CLEAN;

/**
 * shadow_mmu_split_huge_page(): fills all entries of the new table at once; entries that it already has stay. Does not
 * account the table.
 */
export function shadow_mmu_split_huge_page(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): kvm_mmu_page {
  const gfn = spte_gfn(kvm.world.fan_out, sp, level, index);
  const access = kvm_mmu_page_get_access(sp, index);
  const child = kvm_mmu_get_shadow_page(kvm, gfn, level - 1, mmu_of(sp), access);
  for (let i = 0; i < child.spt.length; i++) {
    if (child.spt[i] === 0)
      write_spte(kvm, child, i, level - 1, kvm.ops.make_spte(level - 1, access, kvm.ops.is_nx_huge_page_enabled(kvm)));
  }
  link_shadow_page(kvm, sp, index, level, child);
  return child;
}

/** kvm_shadow_mmu_try_split_huge_pages(): the nested guests' huge leaves of a slot, top down. */
export function shadow_try_split_huge_pages(kvm: Kvm, start: number, end: number): void {
  const age = kvm.next_id;
  for (let level = ROOT_LEVEL; level >= PG_LEVEL_2M; level--) {
    for_each_shadow_leaf(kvm, start, end, (sp, index, at) => {
      if (at !== level) return;
      const child = kvm.ops.shadow_mmu_split_huge_page(kvm, sp, index, level);
      if (child.id >= age) child.age = age;
    });
  }
}
