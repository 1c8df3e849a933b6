import { KernelHang, warn } from './fault';
import { check_tlbs } from './tlb';
import { type Kvm, LOCK_FREE, LOCK_READ, LOCK_WRITE } from './types';

/** spin_lock(&kvm->mmu_lock), or write_lock() since 5.12. */
export function write_lock(kvm: Kvm): void {
  if (kvm.mmu_lock !== LOCK_FREE) throw new KernelHang('mmu_lock is taken twice: the CPU waits for itself');
  kvm.mmu_lock = LOCK_WRITE;
}

/** read_lock(&kvm->mmu_lock); before 5.12 the lock is a spinlock and has no such side. */
export function read_lock(kvm: Kvm): void {
  if (kvm.mmu_lock !== LOCK_FREE) throw new KernelHang('mmu_lock is taken twice: the CPU waits for itself');
  kvm.mmu_lock = kvm.ops.mmu_lock_is_rwlock ? LOCK_READ : LOCK_WRITE;
}

/** Unlocks either side. Whatever was zapped must have been flushed by now. */
export function mmu_unlock(kvm: Kvm): void {
  if (kvm.mmu_lock === LOCK_FREE) warn(kvm, 'LOCK', 'mmu_lock is dropped by someone who does not hold it');
  kvm.mmu_lock = LOCK_FREE;
  check_tlbs(kvm, 'mmu_lock was dropped');
}

export function lock_pages(kvm: Kvm): void {
  if (kvm.tdp_mmu_pages_lock) throw new KernelHang('tdp_mmu_pages_lock is taken twice: the CPU waits for itself');
  kvm.tdp_mmu_pages_lock = true;
}

export function unlock_pages(kvm: Kvm): void {
  kvm.tdp_mmu_pages_lock = false;
}

/** lockdep_assert_held_write(&kvm->mmu_lock). */
export function assert_mmu_lock_for_write(kvm: Kvm, what: string): void {
  if (kvm.mmu_lock !== LOCK_WRITE) warn(kvm, 'LOCK', `${what} with mmu_lock ${HELD[kvm.mmu_lock]}`);
}

const HELD = ['not held', 'held for read', 'held for write'];

/** Books may be written under mmu_lock for write, or, for TDP pages, for read with tdp_mmu_pages_lock on top. */
export function assert_books_locked(kvm: Kvm, tdp_mmu_page: boolean): void {
  if (kvm.mmu_lock === LOCK_WRITE) return;
  if (tdp_mmu_page && kvm.mmu_lock === LOCK_READ && kvm.tdp_mmu_pages_lock) return;
  warn(kvm, 'LOCK', `the list of NX-split pages is changed with mmu_lock ${HELD[kvm.mmu_lock]}`);
}
