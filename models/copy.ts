/** Copies of a machine in the middle of a program: an exhaustive search goes on from one state in many ways. */
import { blank_sp } from './kernel/sp';
import type { Kvm, kvm_memory_slot, kvm_mmu_page, list_head, Sptep, TlbEntry } from './kernel/types';
import type { Reference, Slot, Table } from './reference';
import { MMUS } from './world';

/** What copies are made with, again and again: this is hot, and what there is is used again. */
export interface Twins {
  /** Pages to be overwritten, and, of the copy under way, whose twins the first of them are. */
  readonly pages: kvm_mmu_page[];
  readonly known: kvm_mmu_page[];
  /** By a page's number, its twin; empty between two copies. */
  readonly by_id: (kvm_mmu_page | null)[];
}

export const new_twins = (): Twins => ({ pages: [], known: [], by_id: [] });

/** Makes `to` a copy of `from`, which is between two commands, none of them paused. */
export function copy_kvm(from: Kvm, to: Kvm, twins: Twins): void {
  const { known, pages: pool } = twins;
  for (let i = 0; i < from.sps.length; i++) to.sps[i] = twin(twins, from.sps[i] as kvm_mmu_page);
  cut(to.sps, from.sps.length);
  for (const mmu of MMUS) {
    const root = from.roots[mmu];
    to.roots[mmu] = root && twin(twins, root);
  }
  for (let book = 0; book < from.books.length; book++) {
    const { pages, nr_pages } = from.books[book] as Kvm['books'][number];
    const copy = to.books[book] as Kvm['books'][number];
    copy.nr_pages = nr_pages;
    copy.pages.next = link(twins, from, to, pages.next);
    copy.pages.prev = link(twins, from, to, pages.prev);
  }
  // Pages that only a list or a page table still knows are found on the way, and so copied too.
  for (let i = 0; i < known.length; i++) {
    copy_sp(twins, from, to, known[i] as kvm_mmu_page, pool[i] as kvm_mmu_page);
  }
  for (let i = 0; i < known.length; i++) twins.by_id[(known[i] as kvm_mmu_page).id] = null;
  cut(known, 0);
  copy_rest(from, to);
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

function copy_sp(twins: Twins, from_kvm: Kvm, to_kvm: Kvm, from: kvm_mmu_page, to: kvm_mmu_page): void {
  to.id = from.id;
  to.age = from.age;
  to.role = from.role;
  to.tdp_mmu_page = from.tdp_mmu_page;
  to.is_root = from.is_root;
  to.gfn = from.gfn;
  to.nx_huge_page_disallowed = from.nx_huge_page_disallowed;
  to.built = from.built;
  to.write_flooding_count = from.write_flooding_count;
  to.mmu_valid_gen = from.mmu_valid_gen;
  to.freed = from.freed;
  for (let index = 0; index < from.spt.length; index++) {
    const child = from.child[index] ?? null;
    to.spt[index] = from.spt[index] as number;
    to.child[index] = child && twin(twins, child);
  }
  cut(to.spt, from.spt.length);
  cut(to.child, from.child.length);
  for (let i = 0; i < from.parent_ptes.length; i++) {
    const { sp, index } = from.parent_ptes[i] as Sptep;
    to.parent_ptes[i] = { sp: twin(twins, sp), index };
  }
  cut(to.parent_ptes, from.parent_ptes.length);
  const { next, prev } = from.possible_nx_huge_page_link;
  const own = to.possible_nx_huge_page_link;
  own.next = next === from.possible_nx_huge_page_link ? own : link(twins, from_kvm, to_kvm, next);
  own.prev = prev === from.possible_nx_huge_page_link ? own : link(twins, from_kvm, to_kvm, prev);
}

function copy_rest(from: Kvm, to: Kvm): void {
  for (let slot = 0; slot < from.memslots.length; slot++) {
    copy_slot(from.memslots[slot] as kvm_memory_slot, to.memslots[slot] as kvm_memory_slot);
  }
  cut(to.rcu_frees, 0);
  to.stat.nx_lpage_splits = from.stat.nx_lpage_splits;
  for (const size of [0, 1, 2] as const) to.stat.pages[size] = from.stat.pages[size];
  to.stat.remote_tlb_flush_requests = from.stat.remote_tlb_flush_requests;
  for (let i = 0; i < from.tlb.length; i++) to.tlb[i] = from.tlb[i] as TlbEntry;
  cut(to.tlb, from.tlb.length);
  copy_flags(from.clean.shadow, to.clean.shadow);
  copy_flags(from.clean.shadow2, to.clean.shadow2);
  to.mmu_valid_gen = from.mmu_valid_gen;
  to.running.tlb_suspect = from.running.tlb_suspect;
  to.running.held = from.running.held;
  to.disable_nx_huge_pages = from.disable_nx_huge_pages;
  to.n_max_mmu_pages = from.n_max_mmu_pages;
  to.params.nx_huge_pages = from.params.nx_huge_pages;
  to.params.recovery_ratio = from.params.recovery_ratio;
  to.params.recovery_period_ms = from.params.recovery_period_ms;
  to.params.nx_hugepage_mitigation_hard_disabled = from.params.nx_hugepage_mitigation_hard_disabled;
  to.now = from.now;
  to.worker.alive = from.worker.alive;
  to.worker.once_done = from.worker.once_done;
  to.worker.killed = from.worker.killed;
  to.worker.last = from.worker.last;
  to.worker.sleeps_until = from.worker.sleeps_until;
  to.signal_pending = from.signal_pending;
  to.next_id = from.next_id;
  to.running.pass = null;
  cut(to.paused, 0);
  cut(to.waiting, 0);
}

function copy_slot(from: kvm_memory_slot, to: kvm_memory_slot): void {
  to.base_gfn = from.base_gfn;
  to.backing = from.backing;
  to.dirty_log = from.dirty_log;
  copy_flags(from.broken, to.broken);
}

function copy_flags(from: readonly boolean[], to: boolean[]): void {
  for (let i = 0; i < from.length; i++) if (to[i] !== from[i]) to[i] = from[i] as boolean;
  cut(to, from.length);
}

/** Setting the length, even to what it is, costs more than looking. */
function cut(array: unknown[], length: number): void {
  if (array.length !== length) array.length = length;
}

/** Makes `to` a copy of the reference `from`. */
export function copy_reference(from: Reference, to: Reference, pool: Table[]): void {
  const { fan_out } = from.world;
  to.flags.set(from.flags);
  for (const { mmu, level, page } of to.tables) {
    if (level === 1) to.views[mmu].table1[page] = null;
    else to.views[mmu].table2[page / fan_out] = null;
  }
  for (let i = 0; i < from.tables.length; i++) {
    pool[i] ??= blank_table();
    const copy = pool[i] as Table;
    copy_table(from.tables[i] as Table, copy);
    to.tables[i] = copy;
    const { table1, table2 } = to.views[copy.mmu];
    if (copy.level === 1) table1[copy.page] = copy;
    else table2[copy.page / fan_out] = copy;
  }
  cut(to.tables, from.tables.length);
  for (let slot = 0; slot < from.slots.length; slot++) {
    const source = from.slots[slot] as Slot;
    const copy = to.slots[slot] as Slot;
    copy.page = source.page;
    copy.backing = source.backing;
    copy.dirty_log = source.dirty_log;
    copy_flags(source.broken, copy.broken);
  }
  copy_flags(from.clean.shadow, to.clean.shadow);
  copy_flags(from.clean.shadow2, to.clean.shadow2);
  to.tables_ever = from.tables_ever;
  to.nx = from.nx;
  to.exempt = from.exempt;
  to.never = from.never;
  to.killed = from.killed;
  to.ratio = from.ratio;
  to.period_ms = from.period_ms;
  to.now = from.now;
  to.worker = from.worker;
  to.last_pass = from.last_pass;
  to.splits_ever = from.splits_ever;
}

function copy_table(from: Table, to: Table): void {
  to.mmu = from.mmu;
  to.level = from.level;
  to.page = from.page;
  to.built = from.built;
  to.since = from.since;
  to.linked = from.linked;
  copy_flags(from.small, to.small);
}

/** A table to be overwritten. */
function blank_table(): Table {
  return { mmu: 'tdp', level: 1, page: 0, built: 'plain', since: 0, linked: true, small: [] };
}
