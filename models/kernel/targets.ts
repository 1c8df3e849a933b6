/** TARGET: which pages a pass may zap. Not the kernel's: claims ask. */
import { tree_of } from './sp';
import { KVM_PAGES_PER_HPAGE, spte_gfn } from './spte';
import type { Kvm, kvm_mmu_page, PassRecord, Taken } from './types';

const NONE: readonly kvm_mmu_page[] = [];

/** The tables below a shadow page, which a pass that takes it may zap along. */
export function pages_below(sp: kvm_mmu_page): readonly kvm_mmu_page[] {
  if (sp.tdp_mmu_page || !leads_anywhere(sp)) return NONE;
  return sp.child.flatMap((child) => (child ? [child, ...pages_below(child)] : []));
}

/** Most tables that recovery takes are of 4K pages: nothing is made for those. */
function leads_anywhere({ child }: kvm_mmu_page): boolean {
  for (let index = 0; index < child.length; index++) if (child[index]) return true;
  return false;
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

/** A pass zaps this table: it must have taken it, or what is above. */
export function note_table_zap(kvm: Kvm, pass: PassRecord, sp: kvm_mmu_page): void {
  const target = target_of(pass, sp);
  if (target === null) note_stray(kvm, pass, sp, sp.role.level, sp.gfn);
  else if (target.page === sp) target.zapped = true;
}

/** A pass takes a leaf of this table's away: the same of that. */
export function note_leaf_zap(kvm: Kvm, pass: PassRecord, sp: kvm_mmu_page, index: number, level: number): void {
  pass.leaves++;
  if (target_of(pass, sp) === null) note_stray(kvm, pass, sp, level, spte_gfn(kvm.world.fan_out, sp, level, index));
}

function note_stray(kvm: Kvm, pass: PassRecord, sp: kvm_mmu_page, level: number, gfn: number): void {
  kvm.record.strays.push({ mmu: tree_of(sp), level, gfn, in_range: is_in_range(kvm, pass, gfn) });
}

function is_in_range({ world }: Kvm, { lists }: PassRecord, gfn: number): boolean {
  return lists.some(({ taken }) =>
    taken.some(
      (one) =>
        one.page.tdp_mmu_page && gfn >= one.gfn && gfn < one.gfn + KVM_PAGES_PER_HPAGE(world.fan_out, one.level + 1),
    ),
  );
}
