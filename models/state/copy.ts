/** Copies of a machine in the middle of a program: an exhaustive search expands one state in many ways. */
import { blank_sp } from '../kernel/sp';
import type { Kvm, kvm_mmu_page, list_head, Sptep, TlbEntry } from '../kernel/types';
import { MMUS } from '../world/world';
import { copy_kvm, copy_sp } from './generated/kernel';

/**
 * What copies of a machine are made with, again and again: this is hot, and what there is is used again. The copy's pages
 * are twins of the machine's. What twins are to be is written down once, in images, whose links and tables are the copy's
 * own: so many copies of one state are made by comparing, and by writing what differs.
 */
export interface Twins {
  readonly pages: kvm_mmu_page[];
  readonly images: kvm_mmu_page[];
  /** Whose twins the first pages are. */
  readonly known: kvm_mmu_page[];
  /** By a page's number, its twin; empty between two machines. */
  readonly by_id: (kvm_mmu_page | null)[];
  /** The twins of roots, and the ends of lists. */
  readonly roots: Kvm['roots'];
  readonly heads: list_head[];
  /** What vCPUs have cached: the copy gets this very array, and may grow it. */
  readonly tlb: TlbEntry[];
}

export const new_twins = (): Twins => {
  const roots = { tdp: null, shadow: null, smm: null, shadow2: null };
  return { pages: [], images: [], known: [], by_id: [], roots, heads: [], tlb: [] };
};

/** Writes down what `to` must be to be a copy of `from`, which is between two commands, none of them paused. */
export function take_image(from: Kvm, to: Kvm, twins: Twins): void {
  const { known, images, roots, heads, tlb } = twins;
  cut(known, 0);
  for (let i = 0; i < from.sps.length; i++) twin(twins, from.sps[i] as kvm_mmu_page);
  for (const mmu of MMUS) {
    const root = from.roots[mmu];
    roots[mmu] = root && twin(twins, root);
  }
  for (let book = 0; book < from.books.length; book++) {
    const { pages } = from.books[book] as Kvm['books'][number];
    heads[book] = { next: link(twins, from, to, pages.next), prev: link(twins, from, to, pages.prev), page: null };
  }
  // Pages that only a list or a page table still knows are found on the way, and so copied too.
  for (let i = 0; i < known.length; i++) {
    images[i] ??= blank_sp();
    image_of(twins, from, to, known[i] as kvm_mmu_page, images[i] as kvm_mmu_page);
  }
  for (let i = 0; i < known.length; i++) twins.by_id[(known[i] as kvm_mmu_page).id] = null;
  for (let i = 0; i < from.tlb.length; i++) tlb[i] = from.tlb[i] as TlbEntry;
  cut(tlb, from.tlb.length);
}

function twin({ pages, known, by_id }: Twins, sp: kvm_mmu_page): kvm_mmu_page {
  while (by_id.length <= sp.id) by_id.push(null);
  const copied = by_id[sp.id];
  if (copied) return copied;
  if (pages.length === known.length) pages.push(blank_sp());
  const copy = pages[known.length] as kvm_mmu_page;
  known.push(sp);
  by_id[sp.id] = copy;
  return copy;
}

/** A link of the copy's own lists. */
function link(twins: Twins, from: Kvm, to: Kvm, head: list_head | null): list_head | null {
  if (head === null) return null;
  if (head.page) return twin(twins, head.page).possible_nx_huge_page_link;
  for (let book = 0; book < from.books.length; book++) {
    if (from.books[book]?.pages === head) return to.books[book]?.pages ?? null;
  }
  return null;
}

function image_of(twins: Twins, from_kvm: Kvm, to_kvm: Kvm, from: kvm_mmu_page, image: kvm_mmu_page): void {
  copy_sp(from, image);
  for (let index = 0; index < from.spt.length; index++) {
    const child = from.child[index] ?? null;
    image.spt[index] = from.spt[index] as number;
    image.child[index] = child && twin(twins, child);
  }
  cut(image.spt, from.spt.length);
  cut(image.child, from.spt.length);
  for (let i = 0; i < from.parent_ptes.length; i++) {
    const { sp, index } = from.parent_ptes[i] as Sptep;
    image.parent_ptes[i] = { sp: twin(twins, sp), index };
  }
  cut(image.parent_ptes, from.parent_ptes.length);
  const { next, prev } = from.possible_nx_huge_page_link;
  const own = twin(twins, from).possible_nx_huge_page_link;
  const links = image.possible_nx_huge_page_link;
  links.next = next === from.possible_nx_huge_page_link ? own : link(twins, from_kvm, to_kvm, next);
  links.prev = prev === from.possible_nx_huge_page_link ? own : link(twins, from_kvm, to_kvm, prev);
}

/** Makes `to` a copy of `from`, of which the image was taken, and which is still as it was then. */
export function copy_by_image(from: Kvm, to: Kvm, twins: Twins): void {
  const { known, pages, images, roots, heads, tlb } = twins;
  for (let i = 0; i < known.length; i++) put_page(images[i] as kvm_mmu_page, pages[i] as kvm_mmu_page);
  const { sps } = to;
  for (let i = 0; i < from.sps.length; i++) if (sps[i] !== pages[i]) sps[i] = pages[i] as kvm_mmu_page;
  cut(sps, from.sps.length);
  put_roots(roots, to.roots);
  for (let book = 0; book < heads.length; book++) {
    const copy = to.books[book] as Kvm['books'][number];
    put_links(heads[book] as list_head, copy.pages);
  }
  for (let i = 0; i < from.tlb.length; i++) if (tlb[i] !== from.tlb[i]) tlb[i] = from.tlb[i] as TlbEntry;
  cut(tlb, from.tlb.length);
  to.tlb = tlb;
  copy_kvm(from, to);
  // Nothing is under way.
  if (to.rcu_frees.length > 0) to.rcu_frees = [];
  to.running.pass = null;
  cut(to.paused, 0);
  cut(to.waiting, 0);
}

function put_page(image: kvm_mmu_page, to: kvm_mmu_page): void {
  copy_sp(image, to);
  const { spt, child, parent_ptes } = image;
  for (let index = 0; index < spt.length; index++) {
    to.spt[index] = spt[index] as number;
    if (to.child[index] !== child[index]) to.child[index] = child[index] as kvm_mmu_page | null;
  }
  cut(to.spt, spt.length);
  cut(to.child, spt.length);
  for (let i = 0; i < parent_ptes.length; i++) {
    if (to.parent_ptes[i] !== parent_ptes[i]) to.parent_ptes[i] = parent_ptes[i] as Sptep;
  }
  cut(to.parent_ptes, parent_ptes.length);
  put_links(image.possible_nx_huge_page_link, to.possible_nx_huge_page_link);
}

/** By name, each: this is hot. */
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

/** Setting the length costs more than taking off the few that are too many. */
export function cut(array: unknown[], length: number): void {
  while (array.length > length) array.pop();
}
