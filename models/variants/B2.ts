import { variant } from '../catalogue/variant';
import v5_10 from './v5.10';

/** Recovery ignores the return value of the TDP MMU's zap, which says that a flush is needed. */
export default variant({
  kind: 'defect',
  base: 'v5.10',
  source: 'fixed by 048f49809c52 (5.12)',
  expect: { violates: ['nothing-reachable-unflushed', 'passes-flush-what-they-zap'] },
  kernel: {
    tdp_mmu_zap_for_recovery(kvm, sp) {
      v5_10.kernel?.tdp_mmu_zap_for_recovery?.(kvm, sp);
      return false;
    },
  },
});
