import { after, finding, of_tlbs } from '../claim';

/** FLUSH: no vCPU can reach what was zapped once mmu_lock is dropped, RCU is left or a table is freed. */
export default of_tlbs(
  after('finding', 'nothing zapped stays reachable unflushed', (view) => finding(view, 'FLUSH', 'flushed before that')),
);
