/** TARGET: which pages a pass may zap. Not the kernel's: claims ask. */
import { KVM_PAGES_PER_HPAGE } from './spte';
import type { Kvm, kvm_mmu_page, PassRecord, Place, Taken } from './types';

const NONE: readonly kvm_mmu_page[] = [];

/** The tables below a shadow page, which a pass that takes it may zap along. */
export function pages_below(sp: kvm_mmu_page): readonly kvm_mmu_page[] {
  if (sp.tdp_mmu_page) return NONE;
  return sp.child.flatMap((child) => (child ? [child, ...pages_below(child)] : []));
}

const is_below = ({ page, below }: Taken, sp: kvm_mmu_page): boolean => page === sp || below.includes(sp);

/** What the pass took that is this page or above it; null if it took neither. */
export function target_of({ lists }: PassRecord, sp: kvm_mmu_page): Taken | null {
  for (let nth = lists.length - 1; nth >= 0; nth--) {
    const { taken } = lists[nth] as PassRecord['lists'][number];
    // What was taken last is zapped first.
    for (let i = taken.length - 1; i >= 0; i--) {
      const one = taken[i] as Taken;
      if (is_below(one, sp) || leads_up_to(sp, one.page)) return one;
    }
  }
  return null;
}

function leads_up_to(sp: kvm_mmu_page, page: kvm_mmu_page): boolean {
  let above = sp.tdp_mmu_page ? sp.parent_ptes[0]?.sp : undefined;
  while (above && above !== page) above = above.parent_ptes[0]?.sp;
  return above !== undefined;
}

/** A pass zaps a leaf of this table's, or the table: it must have taken it, or what is above. Which it was; null if neither. */
export function note_zap(kvm: Kvm, pass: PassRecord, sp: kvm_mmu_page, place: Place): Taken | null {
  const target = target_of(pass, sp);
  if (target === null) kvm.record.strays.push({ ...place, in_range: is_in_range(kvm, pass, place) });
  return target;
}

function is_in_range({ world }: Kvm, { lists }: PassRecord, { gfn }: Place): boolean {
  return lists.some(({ taken }) =>
    taken.some(
      (one) =>
        one.page.tdp_mmu_page && gfn >= one.gfn && gfn < one.gfn + KVM_PAGES_PER_HPAGE(world.fan_out, one.level + 1),
    ),
  );
}
