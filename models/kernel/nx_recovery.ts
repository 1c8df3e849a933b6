/**
 * Recovery of NX-split pages, the subject of this project: kvm_recover_nx_huge_pages() (arch/x86/kvm/mmu/mmu.c, 5.5 to
 * 7.3).
 */
import { warn, warn_on } from './fault';
import {
  assert_slots_stay,
  lock_pages,
  mmu_unlock,
  rcu_read_lock,
  rcu_read_unlock,
  read_lock,
  slots_are_changing,
  unlock_pages,
  write_lock,
} from './lock';
import { kvm_mmu_prepare_zap_page, kvm_mmu_remote_flush_or_zap } from './mmu';
import { begin_list, runs_dry, slot_in_own_address_space, take_first } from './nx_pass';
import { kvm_mmu_page_as_id } from './sp';
import { KVM_SHADOW_MMU, KVM_TDP_MMU, type Kvm, type kvm_mmu_page, type ListPass, type Task } from './types';

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
