/**
 * Accounting of NX-split pages and their recovery, the subject of this project (arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3).
 */

import { burn, warn, warn_on } from './fault';
import { begin_list_pass, begin_pass_record } from './generated/begin';
import { list_add_tail, list_del_init, list_empty, list_first_page, list_length } from './list';
import {
  assert_lists_locked,
  assert_slots_stay,
  lock_pages,
  mmu_unlock,
  rcu_read_lock,
  rcu_read_unlock,
  read_lock,
  slots_are_changing,
  srcu_read_lock,
  srcu_read_unlock,
  unlock_pages,
  write_lock,
} from './lock';
import { gfn_to_memslot } from './memslots';
import { kvm_mmu_prepare_zap_page, kvm_mmu_remote_flush_or_zap } from './mmu';
import { end_grace_period } from './scheduler';
import { kvm_mmu_page_as_id, tree_of } from './sp';
import { is_shadow_present_pte } from './spte';
import { pages_below } from './targets';
import { settle_unflushed } from './tlb';
import {
  KVM_SHADOW_MMU,
  KVM_TDP_MMU,
  type Kvm,
  type kvm_mmu_page,
  type ListPass,
  type MmuType,
  type Task,
} from './types';
import { DIV_ROUND_UP } from './u64';

export const type_of = (sp: kvm_mmu_page): MmuType => (sp.tdp_mmu_page ? KVM_TDP_MMU : KVM_SHADOW_MMU);

/** The list of a type: since 6.18 each type has one, before there is only one. */
export function list_of(kvm: Kvm, type: MmuType): Kvm['lists'][number] {
  const list = kvm.lists[kvm.lists.length === 1 ? 0 : type];
  if (!list) throw new Error(`no list for MMU type ${type}`);
  return list;
}

/** track_possible_nx_huge_page(). Calling it for a page that is on the list does nothing. */
export function track_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  assert_lists_locked(kvm, sp.tdp_mmu_page);
  if (!list_empty(sp.possible_nx_huge_page_link)) return;
  kvm.stat.nx_lpage_splits++;
  add_to_list(kvm, sp, type);
}

/** Adds a page to its type's list and increments that counter, but not the stat for userspace. */
export function add_to_list(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  if (!kvm.sps.includes(sp)) warn(kvm, 'ORDER', 'a page that has left the page tables is added to the list');
  const list = list_of(kvm, type);
  list.nr_pages++;
  list_add_tail(sp.possible_nx_huge_page_link, list.pages);
}

/** untrack_possible_nx_huge_page(). Calling it for a page that is not on the list does nothing. */
export function untrack_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  assert_lists_locked(kvm, sp.tdp_mmu_page);
  if (list_empty(sp.possible_nx_huge_page_link)) return;
  kvm.stat.nx_lpage_splits--;
  remove_from_list(kvm, sp, type);
}

export function remove_from_list(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  list_of(kvm, type).nr_pages--;
  list_del_init(sp.possible_nx_huge_page_link);
}

/**
 * account_nx_huge_page() since 6.2: flags every table of an exec fault, and lists those that a huge page could replace.
 */
export function account_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void {
  sp.nx_huge_page_disallowed = true;
  if (nx_huge_page_possible) kvm.ops.track_possible_nx_huge_page(kvm, sp, type_of(sp));
}

/** unaccount_nx_huge_page() since 6.2. */
export function unaccount_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page): void {
  sp.nx_huge_page_disallowed = false;
  kvm.ops.untrack_possible_nx_huge_page(kvm, sp, type_of(sp));
}

/** account_huge_nx_page() up to 6.1: the flag and the membership of the list are the same. */
export function account_huge_nx_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void {
  if (!nx_huge_page_possible || sp.nx_huge_page_disallowed) return;
  kvm.ops.track_possible_nx_huge_page(kvm, sp, type_of(sp));
  sp.nx_huge_page_disallowed = true;
}

/** tdp_mmu_unlink_sp(): a page that is removed from the page tables is removed from its list, whoever zaps it. */
export function tdp_mmu_unlink_sp(kvm: Kvm, sp: kvm_mmu_page): void {
  if (!sp.nx_huge_page_disallowed) return;
  lock_pages(kvm);
  sp.nx_huge_page_disallowed = false;
  kvm.ops.untrack_possible_nx_huge_page(kvm, sp, KVM_TDP_MMU);
  unlock_pages(kvm);
}

/** The number of pages that a pass at `ratio` takes from a list: ceil(pages / ratio), or 0 if recovery is off. */
export function to_zap(kvm: Kvm, list: number, ratio: number): number | bigint {
  return ratio ? DIV_ROUND_UP(kvm.lists[list]?.nr_pages ?? 0, ratio) : 0;
}

/** Begins the record of a walk over one list. Computes `to_zap`, once. */
export function begin_list(kvm: Kvm, list: number, ratio: number): ListPass {
  note_end_of_list(kvm);
  const listed = list_length(kvm, pages_of(kvm, list)) ?? 0;
  const list_pass = begin_list_pass({ list, book: list, ratio, to_zap: kvm.ops.to_zap(kvm, list, ratio), listed });
  kvm.running.pass?.lists.push(list_pass);
  kvm.running.list = list_pass;
  return list_pass;
}

export function pages_of(kvm: Kvm, list: number) {
  const found = kvm.lists[list];
  if (!found) throw new Error(`no list ${list}`);
  return found.pages;
}

/**
 * A pass has come to the end of its walk over a list. An implementation may see by itself that the list is empty, without
 * runs_dry().
 */
function note_end_of_list(kvm: Kvm): void {
  const { list } = kvm.running;
  if (list && !list.ran_dry) list.ran_dry = list_empty(pages_of(kvm, list.list));
}

/** The check that every iteration needs: whether others have emptied the list in the meantime. */
export function runs_dry(kvm: Kvm, list_pass: ListPass): boolean {
  list_pass.ran_dry = list_empty(pages_of(kvm, list_pass.list));
  return list_pass.ran_dry;
}

/** Takes the page of one iteration: the first of the list. */
export function take_first(kvm: Kvm, list_pass: ListPass): kvm_mmu_page {
  burn(kvm);
  const sp = list_first_page(pages_of(kvm, list_pass.list));
  if (sp.freed) warn(kvm, 'PRIMITIVE', `recovery takes shadow page ${sp.id} from the list after it was freed`);
  if (!sp.nx_huge_page_disallowed) warn_on(kvm, 'PRIMITIVE', `recovery takes a page that is not flagged (WARN_ON)`);
  list_pass.taken.push({
    mmu: tree_of(sp),
    level: standing_level(sp),
    gfn: sp.gfn,
    dirty: slot_in_own_address_space(kvm, sp)?.dirty_log ?? false,
    freed: sp.freed,
    own_leaves: count_leaves(sp, false),
    all_leaves: count_leaves(sp, true),
    page: sp,
    below: pages_below(sp),
    zapped: false,
  });
  return sp;
}

function count_leaves(sp: kvm_mmu_page, below: boolean): number {
  let n = 0;
  for (let index = 0; index < sp.spt.length; index++) {
    const child = sp.child[index];
    if (child) n += below ? count_leaves(child, true) : 0;
    else if (is_shadow_present_pte(sp.spt[index] ?? 0)) n++;
  }
  return n;
}

/** The level of the table where the page is linked, whatever its role says. */
export function standing_level(sp: kvm_mmu_page): number {
  if (!sp.tdp_mmu_page) return sp.role.level;
  return sp.parent_ptes[0]?.sp.is_root ? 2 : 1;
}

/** The slot that recovery uses for the page up to 6.3: the one at its gfn in the usual address space. */
export const slot_in_usual_address_space = (kvm: Kvm, sp: kvm_mmu_page) => gfn_to_memslot(kvm, sp.gfn, 0);

/**
 * The same since 6.4 (817fa998362d): __gfn_to_memslot(kvm_memslots_for_spte_role()), in the page's own address space.
 */
export const slot_in_own_address_space = (kvm: Kvm, sp: kvm_mmu_page) =>
  gfn_to_memslot(kvm, sp.gfn, kvm_mmu_page_as_id(sp));

/** The fix of B51: a page that others have zapped since it was taken may have no slot any more. No kernel shipped has it. */
export const stands_without_slot = (kvm: Kvm, sp: kvm_mmu_page): boolean => kvm.sps.includes(sp);

/** WARN_ON_ONCE(!slot), mmu.c, 6.2 on: also of a page that others have zapped, together with its slot (B51). */
export const warns_of_any_page = (): boolean => true;

/** Whether the slot that recovery uses for the page is dirty-logged. */
export function in_dirty_logged_slot(kvm: Kvm, sp: kvm_mmu_page): boolean {
  assert_slots_stay(kvm);
  const slot = kvm.ops.slot_for_recovery(kvm, sp);
  const own = slot_in_own_address_space(kvm, sp);
  if (slot !== own) {
    const found = slot ? `slot ${slot.id}` : 'no slot';
    warn(kvm, 'AS', `recovery finds ${found} for the page at gfn ${sp.gfn} of address space ${kvm_mmu_page_as_id(sp)}`);
  }
  // The kernel looks while any slot is dirty-logged. While a slot goes, it finds the invalid copy.
  const looks = kvm.memslots.some(({ dirty_log }) => dirty_log) && !slots_are_changing(kvm);
  if (looks && kvm.ops.warns_without_slot(kvm, sp) && own === null) {
    warn_on(kvm, 'PRIMITIVE', `recovery takes a page at gfn ${sp.gfn}, and no slot is there any more`);
  }
  return slot?.dirty_log ?? false;
}

/** The pass of all baselines except v6.18: one list, with mmu_lock held for write (a spinlock before 5.12). */
export function* recover_one_list(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  frame.invalid_list = [];
  frame.flush = false;
  write_lock(kvm);
  rcu_read_lock(kvm);
  const list_pass = begin_list(kvm, 0, ratio);
  frame.left = list_pass.to_zap;
  for (; frame.left > 0 && !runs_dry(kvm, list_pass); frame.left--) {
    const sp = take_first(kvm, list_pass);
    if (kvm.ops.unaccounts_dirty_pages && in_dirty_logged_slot(kvm, sp)) unaccount_and_leave(kvm, sp);
    else if (sp.tdp_mmu_page) {
      if (kvm.ops.tdp_zap_may_yield && (yield 'need_resched')) yield* drop_the_lock_in_a_zap(kvm);
      zap_taken(kvm, sp);
    } else kvm_mmu_prepare_zap_page(kvm, sp, frame.invalid_list);
    if (yield 'need_resched') {
      kvm.ops.recovery_cond_resched(kvm);
      yield 'lock_dropped';
      write_lock(kvm);
      rcu_read_lock(kvm);
    }
  }
  kvm.ops.finish_pass(kvm);
}

/**
 * Zaps a TDP page that was taken. If the page has left the page tables meanwhile, what is linked there now must not be
 * zapped.
 */
export function zap_taken(kvm: Kvm, sp: kvm_mmu_page): void {
  const { running } = kvm;
  const stood = kvm.sps.includes(sp);
  const zaps = running.pass?.zaps;
  kvm.ops.accumulate_flush(kvm, kvm.ops.tdp_mmu_zap_for_recovery(kvm, sp));
  if (!stood && running.pass?.zaps !== zaps) {
    warn(kvm, 'PRIMITIVE', `recovery zaps the page that has replaced shadow page ${sp.id}`);
  }
}

/** A pending flush stays pending, whatever is zapped next. */
export function accumulate_flush({ running }: Kvm, zapped: boolean): void {
  if (zapped) running.flush = true;
}

/** Drops mmu_lock after a pending flush: no other thread may find a stale TLB entry. */
export function drop_the_lock(kvm: Kvm): void {
  const frame = kvm.running;
  kvm_mmu_remote_flush_or_zap(kvm, frame.invalid_list, frame.flush);
  frame.flush = false;
  rcu_read_unlock(kvm);
  mmu_unlock(kvm);
}

/** tdp_mmu_iter_cond_resched(): flushes only what this zap has zapped, which is nothing so far. */
export function* drop_the_lock_in_a_zap(kvm: Kvm): Task {
  rcu_read_unlock(kvm);
  mmu_unlock(kvm);
  yield 'lock_dropped';
  write_lock(kvm);
  rcu_read_lock(kvm);
}

/**
 * Takes a page in a dirty-logged slot off its list and leaves it linked. No huge page is wanted in its place any more.
 */
export function unaccount_and_leave(kvm: Kvm, sp: kvm_mmu_page): void {
  kvm.ops.unaccount_nx_huge_page(kvm, sp);
  sp.built = 'plain';
}

/**
 * The pass since 6.18: one list for each type; first the shadow MMU's with mmu_lock held for write, then the TDP MMU's
 * with mmu_lock held for read.
 */
export function* recover_list_per_type(kvm: Kvm, ratio: number): Task {
  yield* recover_shadow_pages(kvm, ratio);
  yield* recover_tdp_pages(kvm, ratio);
}

export function* recover_shadow_pages(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  frame.invalid_list = [];
  frame.flush = false;
  const list_pass = begin_list(kvm, KVM_SHADOW_MMU, ratio);
  frame.left = list_pass.to_zap;
  write_lock(kvm);
  rcu_read_lock(kvm);
  for (; frame.left > 0 && !runs_dry(kvm, list_pass); frame.left--) {
    const sp = take_first(kvm, list_pass);
    if (in_dirty_logged_slot(kvm, sp)) unaccount_and_leave(kvm, sp);
    else kvm_mmu_prepare_zap_page(kvm, sp, frame.invalid_list);
    if (yield 'need_resched') {
      kvm.ops.recovery_cond_resched(kvm);
      yield 'lock_dropped';
      write_lock(kvm);
      rcu_read_lock(kvm);
    }
  }
  drop_the_lock(kvm);
}

export function* recover_tdp_pages(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  const list_pass = begin_list(kvm, KVM_TDP_MMU, ratio);
  frame.left = list_pass.to_zap;
  read_lock(kvm);
  rcu_read_lock(kvm);
  for (; frame.left > 0; frame.left--) {
    frame.sp = take_and_unaccount(kvm, list_pass);
    if (!frame.sp) break;
    yield 'page_taken';
    if (!in_dirty_logged_slot(kvm, frame.sp)) zap_taken(kvm, frame.sp);
    if (yield 'need_resched') {
      kvm.ops.recovery_cond_resched(kvm);
      frame.sp = null;
      yield 'lock_dropped';
      read_lock(kvm);
      rcu_read_lock(kvm);
    }
  }
  drop_the_lock(kvm);
}

/** Runs under tdp_mmu_pages_lock, because faults may add pages at the same time. Returns null if the list is empty. */
export function take_and_unaccount(kvm: Kvm, list_pass: ListPass): kvm_mmu_page | null {
  lock_pages(kvm);
  const sp = runs_dry(kvm, list_pass) ? null : take_first(kvm, list_pass);
  if (sp) unaccount_and_leave(kvm, sp);
  unlock_pages(kvm);
  return sp;
}

/**
 * Begins a run of kvm_recover_nx_huge_pages(), and the record of it that the properties judge. Memslots do not change
 * until it ends, even where it yields.
 */
export function begin_pass(kvm: Kvm, direct: boolean): void {
  srcu_read_lock(kvm);
  const interrupted = kvm.paused.length > 0;
  const asked = direct ? Number(kvm.running.command?.args['ratio']) : kvm.params.recovery_ratio;
  if (!direct) kvm.record.clock_passes.push({ began: kvm.now, after: kvm.now - kvm.worker.last });
  kvm.running.pass = begin_pass_record({ direct, interrupted, asked });
}

export function end_pass(kvm: Kvm): void {
  srcu_read_unlock(kvm);
  const { pass } = kvm.running;
  note_end_of_list(kvm);
  if (pass) {
    settle_unflushed(kvm, pass);
    kvm.record.passes.push(pass);
  }
  kvm.running.pass = null;
  end_grace_period(kvm);
}

/** The former names, kept for good. */
export { add_to_list as add_to_book, list_of as book_of, remove_from_list as remove_from_book };
