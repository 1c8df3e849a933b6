/**
 * After interleaved commands, the reference adopts from the kernel side what is mapped. It adopts nothing that commands
 * ask for.
 */

import { is_leaf, WRITE } from '../kernel/spte';
import type { Kvm, kvm_mmu_page } from '../kernel/types';
import { knows_guarded_huge_leaves, knows_guarded_small_leaves } from '../spec/dirty_log';
import type { Reference } from '../spec/reference';
import { GUARDED, get_table, zap_all } from '../spec/tables';
import { view_of } from '../spec/views';
import { CLEAN, is_nested, MMUS, type Mmu, mmu_of_tree, ROOT_LEVEL, TREES, type Tree, tables_of } from '../world/world';
import { place_of } from './divergence';
import { adopt_reference, adopt_reference_slot } from './generated/adopt';

/**
 * Adopts which tables exist and what they map. Whether a table is a split follows from the faults that built it, never
 * from the lists: the lists are judged by it.
 */
export function adopt(ref: Reference, kvm: Kvm): void {
  if (kvm.other !== null && ref.other !== null) adopt(ref.other, kvm.other);
  zap_all(ref);
  for (const [id, slot] of kvm.memslots.entries()) {
    const told = ref.slots[id];
    if (told) adopt_reference_slot(told, slot);
  }
  for (const mmu of ['shadow', 'shadow2'] as const) ref.standing[mmu] = kvm.roots[mmu]?.shadowed_translation ?? 0;
  for (const sp of in_order_of_the_lists(kvm)) tell_page(ref, kvm, sp);
  for (const mmu of ['shadow', 'shadow2'] as const) ref.written[mmu] = kvm.roots[mmu]?.write_flooding_count ?? -1;
  adopt_reference(ref, kvm);
}

/**
 * Adopts the current time, and when the last pass ended: while passes interleave with other commands, the reference
 * cannot predict these.
 */
export function tell_time(ref: Reference, kvm: Kvm): void {
  ref.now = kvm.now;
  ref.last_pass = kvm.worker.last;
  ref.pass_due = false;
  if (kvm.other !== null && ref.other !== null) tell_time(ref.other, kvm.other);
}

/** The listed pages first, in the order of their lists: the reference has no lists, but knows which split is older. */
function in_order_of_the_lists(kvm: Kvm): kvm_mmu_page[] {
  const all = new Set<kvm_mmu_page>();
  for (const { pages } of kvm.lists) {
    for (let at = pages.next; at?.page && !all.has(at.page); at = at.next) if (!at.page.freed) all.add(at.page);
  }
  for (const sp of kvm.sps) all.add(sp);
  return [...all].filter((sp) => kvm.sps.includes(sp));
}

function tell_page(ref: Reference, kvm: Kvm, sp: kvm_mmu_page): void {
  if (sp.is_root) {
    for (const mmu of MMUS) if (kvm.roots[mmu] === sp) tell_root(ref, kvm, mmu, sp);
    return;
  }
  const { mmu, level, region } = place_of(kvm, sp);
  const { huge2m } = view_of(ref, mmu);
  const leaf = (index: number): boolean => is_leaf(sp.spt[index] ?? 0, level);
  const table = get_table(ref, mmu, level === 2 ? 2 : 1, region, null);
  table.built = sp.built;
  if (table.built === 'split') table.since = ref.splits_ever++;
  if (level === 1) {
    // Only what shadows a page directory is not direct.
    table.linked = sp.parent_ptes.some(({ sp: { role } }) => role.direct);
    table.linked_2m = sp.parent_ptes.some(({ sp: { role } }) => !role.direct);
    table.small = sp.spt.map((_, index) => leaf(index));
    const guards = knows_guarded_small_leaves(ref, table.mmu);
    table.guarded = sp.spt.map((spte, index) => guards && leaf(index) && !(spte & WRITE));
    return;
  }
  for (let i = 0; i < sp.spt.length; i++) huge2m[region + i] = leaf(i) ? flag_of(ref, mmu, sp.spt[i] ?? 0) : 0;
  for (const tree of TREES) {
    if (tables_of(tree) !== table.mmu) continue;
    const { links } = view_of(ref, tree);
    for (const ptep of sp.parent_ptes) if (ptep.sp === kvm.roots[mmu_of_tree(tree)]) links[ptep.index] = 1;
  }
}

/** A huge leaf belongs to the tree of the entry's current state: every change of the entry drops the leaf. */
function tell_root(ref: Reference, kvm: Kvm, mmu: Mmu, root: kvm_mmu_page): void {
  for (const [index, spte] of root.spt.entries()) {
    if (!is_leaf(spte, ROOT_LEVEL)) continue;
    const tree = is_nested(mmu) && kvm.gpte_clean[mmu][index] ? CLEAN[mmu] : mmu;
    view_of(ref, tree).huge1g[index] = flag_of(ref, tree, spte);
  }
}

/** The flag of a huge leaf. Where the reference knows that, it also says whether the leaf is write-protected. */
const flag_of = (ref: Reference, tree: Tree, spte: number): number =>
  knows_guarded_huge_leaves(ref, tree) && !(spte & WRITE) ? GUARDED : 1;
