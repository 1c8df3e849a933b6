import { sometimes } from '../claim';

/** A pass that never drops mmu_lock makes every vCPU that faults wait until the pass ends. */
export default sometimes('a pass drops its lock in the middle', ({ kvm }) =>
  kvm.paused.some(({ thread, at }) => thread === 'worker' && at === 'lock_dropped'),
);
