import { is_current_sp, standing_level } from '../models/kernel/sp';
import { is_leaf, KVM_PAGES_PER_HPAGE, spte_gfn } from '../models/kernel/spte';
import type { Kvm, kvm_mmu_page } from '../models/kernel/types';
import { ROOT_LEVEL } from '../models/world/world';

/** A leaf where it stands: the 4K pages [gfn, gfn + size). */
export interface Leaf {
  readonly sp: kvm_mmu_page;
  readonly level: number;
  readonly gfn: number;
  readonly size: number;
  readonly spte: number;
}

type Test = (sp: kvm_mmu_page, level: number, gfn: number, size: number, spte: number) => boolean;

/**
 * The first leaf that `is_wrong`, in the tables that a vCPU may come to; `obsolete`: also in those that are being taken apart.
 * It runs after every fault of a search: nothing is allocated for leaves that are right, and where a table hangs is asked last.
 */
export function find_leaf(kvm: Kvm, obsolete: boolean, is_wrong: Test): Leaf | null {
  for (const sp of kvm.sps) {
    const level = sp.is_root ? ROOT_LEVEL : standing_level(sp);
    const size = KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level);
    for (let index = 0; index < sp.spt.length; index++) {
      const spte = sp.spt[index] as number;
      if (!is_leaf(spte, level) || sp.child[index]) continue;
      const gfn = spte_gfn(kvm.world.fan_out, sp, level, index);
      if (!is_wrong(sp, level, gfn, size, spte)) continue;
      if (obsolete || is_current_sp(kvm, sp)) return { sp, level, gfn, size, spte };
    }
  }
  return null;
}
