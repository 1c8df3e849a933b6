/**
 * Locks and read sections, in the order in which they must be taken. Other operations wait for what a paused operation
 * holds. Models the locks of struct kvm (include/linux/kvm_host.h, arch/x86/include/asm/kvm_host.h), 5.5 to 7.3.
 */
import { KernelHang, warn } from './fault';
import { wait_for } from './scheduler';
import { check_tlbs } from './tlb';
import type { Kvm, Operation } from './types';

/** Bits of `Operation.held`. A lower bit must not be taken while a higher one is held. */
export const SLOTS_LOCK = 1;
export const SRCU = 2;
export const MMU_READ = 4;
export const MMU_WRITE = 8;
export const RCU = 16;
export const PAGES_LOCK = 32;
/** No lock: what a thread waits for that tries again as long as it finds a slot invalid. */
const INVALID_SLOT = 64;

const MMU_LOCK = MMU_READ | MMU_WRITE;
const NAMES = new Map([
  [SLOTS_LOCK, 'slots_lock'],
  [SRCU, 'srcu for read'],
  [MMU_READ, 'mmu_lock for read'],
  [MMU_WRITE, 'mmu_lock for write'],
  [RCU, 'rcu for read'],
  [PAGES_LOCK, 'tdp_mmu_pages_lock'],
  [INVALID_SLOT, 'the invalid slot to be gone'],
]);

/** The names of these locks, for messages. */
export function locks_text(held: number): string {
  const names = [...NAMES].filter(([lock]) => held & lock).map(([, name]) => name);
  return names.join(' and ') || 'no lock';
}

/** Takes a lock. If another operation holds a lock in `conflicts`, waits for that operation. */
function acquire(kvm: Kvm, lock: number, conflicts: number): void {
  const { running, paused, waiting } = kvm;
  if (running.held & (lock | conflicts)) {
    throw new KernelHang(`deadlock: ${locks_text(lock)} is wanted by a thread that holds ${locks_text(running.held)}`);
  }
  if (running.held >= lock) {
    warn(
      kvm,
      'LOCK',
      `${locks_text(lock)} is taken while ${locks_text(running.held)} is held: other code takes them in the opposite order`,
    );
  }
  if (paused.length + waiting.length > 0) wait_for(kvm, conflicts, lock);
  running.held |= lock;
}

function release(kvm: Kvm, lock: number): void {
  const { running } = kvm;
  if (!(running.held & lock)) warn(kvm, 'LOCK', `${locks_text(lock)} is released by a thread that does not hold it`);
  running.held &= ~lock;
}

/** spin_lock(&kvm->mmu_lock), or write_lock() since 5.12. */
export function write_lock(kvm: Kvm): void {
  acquire(kvm, MMU_WRITE, MMU_LOCK);
}

/** read_lock(&kvm->mmu_lock). Before 5.12 mmu_lock is a spinlock, which has no read side. */
export function read_lock(kvm: Kvm): void {
  if (kvm.ops.mmu_lock_is_rwlock) acquire(kvm, MMU_READ, MMU_WRITE);
  else acquire(kvm, MMU_WRITE, MMU_LOCK);
}

/** Unlocks mmu_lock, read or write. Everything zapped must have been flushed by now. */
export function mmu_unlock(kvm: Kvm): void {
  release(kvm, kvm.running.held & MMU_LOCK || MMU_WRITE);
  check_tlbs(kvm, 'mmu_lock was dropped');
}

export function lock_pages(kvm: Kvm): void {
  acquire(kvm, PAGES_LOCK, PAGES_LOCK);
}

export function unlock_pages(kvm: Kvm): void {
  release(kvm, PAGES_LOCK);
}

/** mutex_lock(&kvm->slots_lock): only one thread at a time changes memslots or zaps all mappings. */
export function lock_slots(kvm: Kvm): void {
  acquire(kvm, SLOTS_LOCK, SLOTS_LOCK);
}

/** Waits for whoever holds slots_lock, without taking it. */
export function wait_for_slots_lock(kvm: Kvm): void {
  wait_for(kvm, SLOTS_LOCK, SLOTS_LOCK);
}

export function unlock_slots(kvm: Kvm): void {
  release(kvm, SLOTS_LOCK);
}

/** srcu_read_lock(&kvm->srcu): the memslots do not change until it is unlocked. */
export function srcu_read_lock(kvm: Kvm): void {
  acquire(kvm, SRCU, 0);
}

export function srcu_read_unlock(kvm: Kvm): void {
  release(kvm, SRCU);
}

/** synchronize_srcu(&kvm->srcu): new memslots take effect once no reader can still use the old ones. */
export function synchronize_srcu(kvm: Kvm): void {
  assert_slots_locked(kvm, 'memslots are swapped');
  if (kvm.running.held & SRCU)
    throw new KernelHang('deadlock: a thread waits for the readers of srcu and is one itself');
  if (kvm.paused.length > 0) wait_for(kvm, SRCU, SRCU);
}

/** A reader of srcu tries again as long as it finds a slot invalid. Whoever takes the slot away goes on meanwhile. */
export function retry_until_slot_is_gone(kvm: Kvm): void {
  wait_for(kvm, SLOTS_LOCK, INVALID_SLOT);
}

/** rcu_read_lock(): tables that are removed from the tree are not freed until it is unlocked. */
export function rcu_read_lock(kvm: Kvm): void {
  acquire(kvm, RCU, 0);
}

/** rcu_read_unlock(): from here on, zapped tables may be freed, so they must have been flushed by now. */
export function rcu_read_unlock(kvm: Kvm): void {
  release(kvm, RCU);
  check_tlbs(kvm, 'RCU was left');
}

const holds_for_write = ({ held }: Operation): boolean => (held & MMU_WRITE) !== 0;

/**
 * Lists may be written with mmu_lock held for write or, for TDP pages, with mmu_lock held for read and
 * tdp_mmu_pages_lock.
 */
export function assert_lists_locked(kvm: Kvm, tdp_mmu_page: boolean): void {
  const { running } = kvm;
  if (holds_for_write(running)) return;
  if (tdp_mmu_page && running.held & MMU_READ && running.held & PAGES_LOCK) return;
  warn(kvm, 'LOCK', `the list of NX-split pages is changed under ${locks_text(running.held)}`);
}

/** lockdep_assert_held(&kvm->slots_lock), where all mappings of the VM are zapped. */
export function assert_slots_locked(kvm: Kvm, what: string): void {
  if (!(kvm.running.held & SLOTS_LOCK)) warn(kvm, 'LOCK', `${what} without slots_lock`);
}

/** A slot that is on its way out is found by look-ups until all that it had mapped is zapped. */
export const slots_are_changing = ({ paused, waiting }: Kvm): boolean =>
  paused.some(({ held }) => held & SLOTS_LOCK) || waiting.some(({ held }) => held & SLOTS_LOCK);

/** What __kvm_memslots() asks of whoever looks at the slots. */
export function assert_slots_stay(kvm: Kvm): void {
  if (!(kvm.running.held & (SLOTS_LOCK | SRCU))) warn(kvm, 'LOCK', 'memslots are looked up without srcu or slots_lock');
}

/** An SPTE may be changed with mmu_lock held for write or, in a table of the TDP MMU, for read. */
export function assert_may_write_sptes(kvm: Kvm, tdp_mmu_page: boolean): void {
  const { running } = kvm;
  if (running.held & (tdp_mmu_page ? MMU_LOCK : MMU_WRITE)) return;
  warn(kvm, 'LOCK', `an SPTE is written under ${locks_text(running.held)}`);
}

/** lockdep_assert_held_write(&kvm->mmu_lock). */
export function assert_mmu_lock_for_write(kvm: Kvm, what: string): void {
  if (!holds_for_write(kvm.running)) warn(kvm, 'LOCK', `${what} under ${locks_text(kvm.running.held)}`);
}

/** The former name, kept for good. */
export { assert_lists_locked as assert_books_locked };
