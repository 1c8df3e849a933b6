import { sometimes } from '../claim';

/** Others wait for mmu_lock: a pass that never lets them in starves every vCPU that faults. */
export default sometimes('a pass drops its lock in the middle', ({ kvm }) =>
  kvm.paused.some(({ thread, at }) => thread === 'worker' && at === 'lock_dropped'),
);
