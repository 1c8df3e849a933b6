import { variant } from '../catalogue/variant';
import { wake_recovery_worker } from '../kernel/worker';

/** Writing a parameter after a signal has killed the worker wakes the exited task: use after free. */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  source: 'd96c77bd4eeb (6.12), fixed by afe16653e05d (6.17, CVE-2025-40024)',
  expect: { violates: ['one-worker-for-each-vm', 'primitives-are-used-rightly'] },
  kernel: {
    *kvm_wake_nx_recovery_thread(kvm) {
      if (kvm.worker.alive || kvm.worker.killed) yield* wake_recovery_worker(kvm);
    },
  },
});
