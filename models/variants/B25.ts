import { variant } from '../catalogue/variant';

/** call_once() counts as done even if the worker could not be created. Without a worker, every later KVM_RUN fails. */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  source: 'fixed by 916b7f42b3b3 (6.14)',
  expect: { violates: ['one-worker-for-each-vm', 'passes-come-when-due'] },
  kernel: {
    create_worker_once(kvm) {
      if (!kvm.worker.once_done) kvm.ops.kvm_mmu_start_lpage_recovery(kvm);
      kvm.worker.once_done = true;
      return kvm.worker.alive || kvm.worker.killed;
    },
  },
});
