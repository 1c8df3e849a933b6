/** TARGET: which pages a pass may zap. The kernel has no such check: claims read the results. */
import { tree_of } from './sp';
import { KVM_PAGES_PER_HPAGE, spte_gfn } from './spte';
import type { Kvm, kvm_mmu_page, PassRecord, Taken } from './types';

const NONE: readonly kvm_mmu_page[] = [];

/** The tables below a shadow page: a pass that takes the page may zap them too. */
export function pages_below(sp: kvm_mmu_page): readonly kvm_mmu_page[] {
  if (sp.tdp_mmu_page || !leads_anywhere(sp)) return NONE;
  const below: kvm_mmu_page[] = [];
  for (const child of sp.child) if (child) below.push(child, ...pages_below(child));
  return below;
}

/** Most tables that recovery takes have only 4K leaves. For these, nothing is allocated. */
function leads_anywhere({ child }: kvm_mmu_page): boolean {
  for (let index = 0; index < child.length; index++) if (child[index]) return true;
  return false;
}

const is_below = ({ page, below }: Taken, sp: kvm_mmu_page): boolean => page === sp || below.includes(sp);

/** The page taken by the pass that is this page or an ancestor of it; null if there is none. */
export function target_of({ lists }: PassRecord, sp: kvm_mmu_page): Taken | null {
  for (let nth = lists.length - 1; nth >= 0; nth--) {
    const { taken } = lists[nth] as PassRecord['lists'][number];
    // The page that was taken last is zapped first.
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

/** Called when a pass zaps this table. The pass must have taken the table or an ancestor of it. */
export function note_table_zap(kvm: Kvm, pass: PassRecord, sp: kvm_mmu_page): void {
  const target = target_of(pass, sp);
  if (target === null) note_stray(kvm, pass, sp, sp.role.level, sp.gfn);
  else if (target.page === sp) target.zapped = true;
}

/** Called when a pass zaps a leaf of this table. The same rule applies. */
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
