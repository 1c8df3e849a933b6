/** Whether a command has changed anything at all: cheaper to see than to copy the machine again. */
import type { Kvm, kvm_memory_slot, kvm_mmu_page, list_head, Sptep, TlbEntry } from '../kernel/types';
import type { Reference, Slot, Table } from '../spec/reference';
import { MMUS } from '../world/world';

/**
 * Whether `after`, once a copy of `before`, still is one but for what TLBs hold; both between two commands, nothing
 * paused. May say no of a machine that is. What is looked at first changes most often.
 */
export function same_kvm(before: Kvm, after: Kvm): boolean {
  if (before.next_id !== after.next_id || before.sps.length !== after.sps.length) return false;
  if (!same_settings(before, after)) return false;
  for (let slot = 0; slot < before.memslots.length; slot++) {
    if (!same_slot(before.memslots[slot] as kvm_memory_slot, after.memslots[slot] as kvm_memory_slot)) return false;
  }
  for (let book = 0; book < before.books.length; book++) {
    const [one, other] = [before.books[book] as Kvm['books'][number], after.books[book] as Kvm['books'][number]];
    if (one.nr_pages !== other.nr_pages || !same_links(before, one.pages, other.pages)) return false;
  }
  for (const mmu of MMUS) if (!same_page(before, before.roots[mmu], after.roots[mmu])) return false;
  for (let i = 0; i < before.sps.length; i++) {
    if (!same_sp(before, before.sps[i] as kvm_mmu_page, after.sps[i] as kvm_mmu_page)) return false;
  }
  return true;
}

function same_settings(before: Kvm, after: Kvm): boolean {
  const [stat, params, worker] = [before.stat, before.params, before.worker];
  return (
    before.now === after.now &&
    before.mmu_valid_gen === after.mmu_valid_gen &&
    before.signal_pending === after.signal_pending &&
    before.n_max_mmu_pages === after.n_max_mmu_pages &&
    before.disable_nx_huge_pages === after.disable_nx_huge_pages &&
    same_items(before.clean.shadow, after.clean.shadow) &&
    same_items(before.clean.shadow2, after.clean.shadow2) &&
    before.running.tlb_suspect === after.running.tlb_suspect &&
    before.running.held === after.running.held &&
    params.recovery_ratio === after.params.recovery_ratio &&
    params.recovery_period_ms === after.params.recovery_period_ms &&
    params.nx_huge_pages === after.params.nx_huge_pages &&
    params.nx_hugepage_mitigation_hard_disabled === after.params.nx_hugepage_mitigation_hard_disabled &&
    worker.last === after.worker.last &&
    worker.sleeps_until === after.worker.sleeps_until &&
    worker.alive === after.worker.alive &&
    worker.once_done === after.worker.once_done &&
    worker.killed === after.worker.killed &&
    stat.nx_lpage_splits === after.stat.nx_lpage_splits &&
    same_items(stat.pages, after.stat.pages)
  );
}

const same_slot = (one: kvm_memory_slot, other: kvm_memory_slot): boolean =>
  one.base_gfn === other.base_gfn &&
  one.dirty_log === other.dirty_log &&
  one.backing === other.backing &&
  same_items(one.broken, other.broken);

/** The same shadow page on both sides: numbers are given once. One that only a list knows is looked at no further. */
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
  if (one.id !== other.id || one.nx_huge_page_disallowed !== other.nx_huge_page_disallowed) return false;
  if (one.built !== other.built || one.mmu_valid_gen !== other.mmu_valid_gen || one.freed !== other.freed) return false;
  if (one.age !== other.age || one.gfn !== other.gfn || one.is_root !== other.is_root) return false;
  if (one.role !== other.role || one.write_flooding_count !== other.write_flooding_count) return false;
  if (one.tdp_mmu_page !== other.tdp_mmu_page) return false;
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
  if (before.tables_ever !== after.tables_ever || before.splits_ever !== after.splits_ever) return false;
  if (before.tables.length !== after.tables.length || before.now !== after.now) return false;
  if (before.nx !== after.nx || before.exempt !== after.exempt || before.worker !== after.worker) return false;
  if (before.never !== after.never || before.killed !== after.killed) return false;
  if (!same_items(before.clean.shadow, after.clean.shadow)) return false;
  if (!same_items(before.clean.shadow2, after.clean.shadow2)) return false;
  if (before.ratio !== after.ratio || before.period_ms !== after.period_ms) return false;
  if (before.last_pass !== after.last_pass || !same_flags(before.flags, after.flags)) return false;
  for (let i = 0; i < before.slots.length; i++) {
    const [one, other] = [before.slots[i] as Slot, after.slots[i] as Slot];
    if (one.page !== other.page || one.dirty_log !== other.dirty_log || one.backing !== other.backing) return false;
    if (!same_items(one.broken, other.broken)) return false;
  }
  for (let i = 0; i < before.tables.length; i++) {
    if (!same_table(before.tables[i] as Table, after.tables[i] as Table)) return false;
  }
  return true;
}

const same_table = (one: Table, other: Table): boolean =>
  one.page === other.page &&
  one.level === other.level &&
  one.mmu === other.mmu &&
  one.built === other.built &&
  one.since === other.since &&
  one.linked === other.linked &&
  same_items(one.small, other.small) &&
  same_items(one.guarded, other.guarded);

function same_flags(one: Float64Array, other: Float64Array): boolean {
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}

/** What TLBs hold; entries are never changed, and copies share them. */
export const same_tlbs = (one: readonly TlbEntry[], other: readonly TlbEntry[]): boolean => same_items(one, other);

function same_items(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
