/** Copies of a machine between two commands. An exhaustive search needs them to expand one state with many commands. */
import { blank_sp } from '../kernel/sp';
import type { Kvm, kvm_mmu_page, list_head, Sptep, TlbEntry } from '../kernel/types';
import { MMUS } from '../world/world';
import { copy_kvm, copy_sp } from './generated/kernel';

/**
 * Reusable storage for copies of machines; it avoids allocation, because this code is hot. The pages of the copy are
 * clones of the machine's pages. Snapshots hold the wanted contents of the clones, with links and tables of the copy. A
 * further copy of the same state only compares and writes what differs.
 */
export interface Clones {
  readonly pages: kvm_mmu_page[];
  readonly snapshots: kvm_mmu_page[];
  /** The pages of which the first `pages` are clones, in the same order. */
  readonly known: kvm_mmu_page[];
  /** The clone of a page, by the page's id. Empty between two snapshots. */
  readonly by_id: (kvm_mmu_page | null)[];
  /** The clones of the roots, and the heads of the lists. */
  readonly roots: Kvm['roots'];
  readonly heads: list_head[];
  /** The TLB entries of the copy. The copy gets this array itself and may extend it. */
  readonly tlb: TlbEntry[];
}

export const new_clones = (): Clones => {
  const roots = { tdp: null, shadow: null, smm: null, shadow2: null };
  return { pages: [], snapshots: [], known: [], by_id: [], roots, heads: [], tlb: [] };
};

/** Records what `to` must contain to be a copy of `from`. No command of `from` may be paused. */
export function take_snapshot(from: Kvm, to: Kvm, clones: Clones): void {
  const { known, snapshots, roots, heads, tlb } = clones;
  shorten(known, 0);
  for (let i = 0; i < from.sps.length; i++) clone(clones, from.sps[i] as kvm_mmu_page);
  for (const mmu of MMUS) {
    const root = from.roots[mmu];
    roots[mmu] = root && clone(clones, root);
  }
  for (let list = 0; list < from.lists.length; list++) {
    const { pages } = from.lists[list] as Kvm['lists'][number];
    heads[list] = { next: link(clones, from, to, pages.next), prev: link(clones, from, to, pages.prev), page: null };
  }
  // The loop also reaches pages that only a list or a page table refers to, and so copies them too.
  for (let i = 0; i < known.length; i++) {
    snapshots[i] ??= blank_sp();
    snapshot_of(clones, from, to, known[i] as kvm_mmu_page, snapshots[i] as kvm_mmu_page);
  }
  for (let i = 0; i < known.length; i++) clones.by_id[(known[i] as kvm_mmu_page).id] = null;
  for (let i = 0; i < from.tlb.length; i++) tlb[i] = from.tlb[i] as TlbEntry;
  shorten(tlb, from.tlb.length);
}

function clone({ pages, known, by_id }: Clones, sp: kvm_mmu_page): kvm_mmu_page {
  while (by_id.length <= sp.id) by_id.push(null);
  const copied = by_id[sp.id];
  if (copied) return copied;
  if (pages.length === known.length) pages.push(blank_sp());
  const copy = pages[known.length] as kvm_mmu_page;
  known.push(sp);
  by_id[sp.id] = copy;
  return copy;
}

/** The link in the copy's own lists. */
function link(clones: Clones, from: Kvm, to: Kvm, head: list_head | null): list_head | null {
  if (head === null) return null;
  if (head.page) return clone(clones, head.page).possible_nx_huge_page_link;
  for (let list = 0; list < from.lists.length; list++) {
    if (from.lists[list]?.pages === head) return to.lists[list]?.pages ?? null;
  }
  return null;
}

function snapshot_of(clones: Clones, from_kvm: Kvm, to_kvm: Kvm, from: kvm_mmu_page, snapshot: kvm_mmu_page): void {
  copy_sp(from, snapshot);
  for (let index = 0; index < from.spt.length; index++) {
    const child = from.child[index] ?? null;
    snapshot.spt[index] = from.spt[index] as number;
    snapshot.child[index] = child && clone(clones, child);
  }
  shorten(snapshot.spt, from.spt.length);
  shorten(snapshot.child, from.spt.length);
  for (let i = 0; i < from.parent_ptes.length; i++) {
    const { sp, index } = from.parent_ptes[i] as Sptep;
    snapshot.parent_ptes[i] = { sp: clone(clones, sp), index };
  }
  shorten(snapshot.parent_ptes, from.parent_ptes.length);
  const { next, prev } = from.possible_nx_huge_page_link;
  const own = clone(clones, from).possible_nx_huge_page_link;
  const links = snapshot.possible_nx_huge_page_link;
  links.next = next === from.possible_nx_huge_page_link ? own : link(clones, from_kvm, to_kvm, next);
  links.prev = prev === from.possible_nx_huge_page_link ? own : link(clones, from_kvm, to_kvm, prev);
}

/** Makes `to` a copy of `from`. Needs take_snapshot() of `from` before, and `from` must not have changed since. */
export function copy_from_snapshot(from: Kvm, to: Kvm, clones: Clones): void {
  const { known, pages, snapshots, roots, heads, tlb } = clones;
  for (let i = 0; i < known.length; i++) put_page(snapshots[i] as kvm_mmu_page, pages[i] as kvm_mmu_page);
  const { sps } = to;
  for (let i = 0; i < from.sps.length; i++) if (sps[i] !== pages[i]) sps[i] = pages[i] as kvm_mmu_page;
  shorten(sps, from.sps.length);
  put_roots(roots, to.roots);
  for (let list = 0; list < heads.length; list++) {
    const copy = to.lists[list] as Kvm['lists'][number];
    put_links(heads[list] as list_head, copy.pages);
  }
  for (let i = 0; i < from.tlb.length; i++) if (tlb[i] !== from.tlb[i]) tlb[i] = from.tlb[i] as TlbEntry;
  shorten(tlb, from.tlb.length);
  to.tlb = tlb;
  copy_kvm(from, to);
  // No command is running or paused.
  if (to.rcu_frees.length > 0) to.rcu_frees = [];
  to.running.pass = null;
  shorten(to.paused, 0);
  shorten(to.waiting, 0);
}

function put_page(snapshot: kvm_mmu_page, to: kvm_mmu_page): void {
  copy_sp(snapshot, to);
  const { spt, child, parent_ptes } = snapshot;
  for (let index = 0; index < spt.length; index++) {
    to.spt[index] = spt[index] as number;
    if (to.child[index] !== child[index]) to.child[index] = child[index] as kvm_mmu_page | null;
  }
  shorten(to.spt, spt.length);
  shorten(to.child, spt.length);
  for (let i = 0; i < parent_ptes.length; i++) {
    if (to.parent_ptes[i] !== parent_ptes[i]) to.parent_ptes[i] = parent_ptes[i] as Sptep;
  }
  shorten(to.parent_ptes, parent_ptes.length);
  put_links(snapshot.possible_nx_huge_page_link, to.possible_nx_huge_page_link);
}

/** Each root by name, because this code is hot. */
function put_roots(roots: Kvm['roots'], to: Kvm['roots']): void {
  to.tdp = roots.tdp;
  to.shadow = roots.shadow;
  to.smm = roots.smm;
  to.shadow2 = roots.shadow2;
}

function put_links({ next, prev }: list_head, to: list_head): void {
  if (to.next !== next) to.next = next;
  if (to.prev !== prev) to.prev = prev;
}

/** Shortens an array. Setting its length would cost more than removing the few surplus elements. */
export function shorten(array: unknown[], length: number): void {
  while (array.length > length) array.pop();
}
