import { after, finding, of_tlbs } from '../claim';

/** FLUSH: once mmu_lock is dropped, RCU is left or a table is freed, no vCPU can reach what was zapped before. */
export default of_tlbs(
  after('finding', 'nothing zapped stays reachable unflushed', (view) => finding(view, 'FLUSH', 'flushed before that')),
);
