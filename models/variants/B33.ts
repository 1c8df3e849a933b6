import { variant } from '../catalogue/variant';
import { rcu_read_lock, rcu_read_unlock } from '../kernel/lock';
import { kvm_tdp_mmu_zap_sp } from '../kernel/tdp_mmu';

/** The zap leaves RCU before the pass flushes, so tables may be freed while a TLB still leads to them. */
export default variant({
  kind: 'defect',
  base: 'v5.18',
  source: 'fixed by bb95dfb9e2df (5.18)',
  expect: { violates: ['nothing-reachable-unflushed'] },
  kernel: {
    tdp_mmu_zap_for_recovery(kvm, sp) {
      const flush = kvm_tdp_mmu_zap_sp(kvm, sp);
      rcu_read_unlock(kvm);
      rcu_read_lock(kvm);
      return flush;
    },
  },
});
