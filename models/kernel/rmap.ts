/**
 * The shadow MMU's leaves by the memory that they map. The kernel has reverse maps for that; here all shadow pages are
 * walked. Models arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3.
 */
import { ROOT_LEVEL } from '../world/world';
import { write_spte } from './sp';
import { is_leaf, KVM_PAGES_PER_HPAGE, spte_gfn, spte_range } from './spte';
import type { Kvm, kvm_mmu_page } from './types';

/** The shadow MMU's pages (of nested guests, and of an L1 without TDP MMU), linked or not, oldest first. */
export function shadow_pages(kvm: Kvm): kvm_mmu_page[] {
  return kvm.sps.filter((sp) => !sp.tdp_mmu_page);
}

/** Calls `visit` for each leaf of the range. Like a walk of the rmaps, it also covers unlinked tables. */
export function for_each_shadow_leaf(
  kvm: Kvm,
  start: number,
  end: number,
  visit: (sp: kvm_mmu_page, index: number, level: number, spte: number) => void,
): void {
  for (const sp of kvm.sps) {
    if (sp.tdp_mmu_page) continue;
    const { level } = sp.role;
    if (sp.shadowed_translation !== 0) {
      for_each_leaf_elsewhere(kvm, sp, start, end, visit);
      continue;
    }
    const { first, last } = spte_range(kvm.world.fan_out, sp, level, start, end);
    for (let index = first; index < last; index++) {
      const spte = sp.spt[index] as number;
      if (is_leaf(spte, level)) visit(sp, index, level, spte);
    }
  }
}

/** The same for a root of which some entry maps another 1G page than that of its number. */
function for_each_leaf_elsewhere(
  kvm: Kvm,
  root: kvm_mmu_page,
  start: number,
  end: number,
  visit: (sp: kvm_mmu_page, index: number, level: number, spte: number) => void,
): void {
  const { fan_out } = kvm.world;
  for (const [index, spte] of root.spt.entries()) {
    const gfn = spte_gfn(fan_out, root, ROOT_LEVEL, index);
    const inside = gfn < end && gfn + KVM_PAGES_PER_HPAGE(fan_out, ROOT_LEVEL) > start;
    if (inside && is_leaf(spte, ROOT_LEVEL)) visit(root, index, ROOT_LEVEL, spte);
  }
}

/** kvm_unmap_gfn_range() for the shadow MMU: zaps leaves only. Returns true if a flush is needed. */
export function shadow_unmap_gfn_range(kvm: Kvm, start: number, end: number): boolean {
  let flush = false;
  for_each_shadow_leaf(kvm, start, end, (sp, index, level) => {
    write_spte(kvm, sp, index, level, 0);
    flush = true;
  });
  return flush;
}
