import { standing_level } from '../models/kernel/nx_huge_pages';
import { is_current_sp } from '../models/kernel/sp';
import { is_leaf, KVM_PAGES_PER_HPAGE } from '../models/kernel/spte';
import type { Kvm, kvm_mmu_page } from '../models/kernel/types';
import { ROOT_LEVEL } from '../models/world';

/** A leaf where it stands: the small pages [gfn, gfn + size). */
export interface Leaf {
  readonly sp: kvm_mmu_page;
  readonly level: number;
  readonly gfn: number;
  readonly size: number;
  readonly spte: number;
}

/** All leaves of the tables that a vCPU may come to; `obsolete`: those of tables that are being taken apart, too. */
export function leaves(kvm: Kvm, obsolete: boolean): Leaf[] {
  const found: Leaf[] = [];
  for (const sp of kvm.sps) {
    if (!obsolete && !is_current_sp(kvm, sp)) continue;
    const level = sp.is_root ? ROOT_LEVEL : standing_level(sp);
    const size = KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level);
    for (const [index, spte] of sp.spt.entries()) {
      if (is_leaf(spte, level) && !sp.child[index]) found.push({ sp, level, gfn: sp.gfn + index * size, size, spte });
    }
  }
  return found;
}
