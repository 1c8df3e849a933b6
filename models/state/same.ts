/** Whether a command changed anything. This check is cheaper than copying the machine again. */
import type { Kvm, kvm_mmu_page, list_head, NxList, Sptep, TlbEntry } from '../kernel/types';
import type { Reference, Table } from '../spec/reference';
import { same_items } from '../world/repeat';
import { MMUS } from '../world/world';
import * as made from './generated/kernel';
import * as of_the_reference from './generated/reference';

/**
 * Whether `after`, which was a copy of `before`, still is one except for the contents of TLBs. In both no command may
 * be paused. May return false for an equal machine. Compares first what changes most often.
 */
export function same_kvm(before: Kvm, after: Kvm): boolean {
  if (before.next_id !== after.next_id || before.sps.length !== after.sps.length) return false;
  if (!made.same_kvm(before, after)) return false;
  for (let list = 0; list < before.lists.length; list++) {
    const [one, other] = [before.lists[list] as NxList, after.lists[list] as NxList];
    if (!same_links(before, one.pages, other.pages)) return false;
  }
  for (const mmu of MMUS) if (!same_page(before, before.roots[mmu], after.roots[mmu])) return false;
  for (let i = 0; i < before.sps.length; i++) {
    if (!same_sp(before, before.sps[i] as kvm_mmu_page, after.sps[i] as kvm_mmu_page)) return false;
  }
  return true;
}

/** The same shadow page on both sides: an id is given only once. A page that only a list knows counts as different. */
function same_page(before: Kvm, one: kvm_mmu_page | null, other: kvm_mmu_page | null): boolean {
  if (one === null || other === null) return one === other;
  return one.id === other.id && before.sps.includes(one);
}

function same_links(before: Kvm, one: list_head, other: list_head): boolean {
  return same_link(before, one.next, other.next) && same_link(before, one.prev, other.prev);
}

function same_link(before: Kvm, one: list_head | null, other: list_head | null): boolean {
  if (one === null || other === null) return one === other;
  return same_page(before, one.page, other.page);
}

function same_sp(before: Kvm, one: kvm_mmu_page, other: kvm_mmu_page): boolean {
  if (!made.same_sp(one, other)) return false;
  if (!same_items(one.spt, other.spt) || one.parent_ptes.length !== other.parent_ptes.length) return false;
  for (let i = 0; i < one.child.length; i++) {
    if (!same_page(before, one.child[i] ?? null, other.child[i] ?? null)) return false;
  }
  for (let i = 0; i < one.parent_ptes.length; i++) {
    const [above, below] = [one.parent_ptes[i] as Sptep, other.parent_ptes[i] as Sptep];
    if (above.index !== below.index || !same_page(before, above.sp, below.sp)) return false;
  }
  return same_links(before, one.possible_nx_huge_page_link, other.possible_nx_huge_page_link);
}

/** The same for the reference. */
export function same_reference(before: Reference, after: Reference): boolean {
  if (before.tables.length !== after.tables.length || !of_the_reference.same_reference(before, after)) return false;
  if (!same_items(before.flags, after.flags)) return false;
  for (let i = 0; i < before.tables.length; i++) {
    if (!of_the_reference.same_table(before.tables[i] as Table, after.tables[i] as Table)) return false;
  }
  return true;
}

/** Whether TLBs hold the same entries. Entries are never changed, and copies share them. */
export const same_tlbs = (one: readonly TlbEntry[], other: readonly TlbEntry[]): boolean => same_items(one, other);
