/** Walks over the SPTEs of the TDP MMU above 4K. Models arch/x86/kvm/mmu/tdp_iter.h, 5.10 to 7.3. */
import { PG_LEVEL_2M, ROOT_LEVEL } from '../world/world';
import { spte_range } from './spte';
import type { Kvm, kvm_memory_slot, kvm_mmu_page } from './types';

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
