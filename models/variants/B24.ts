import { variant } from '../catalogue/variant';
import { wake_recovery_worker } from '../kernel/worker';

/** Writing a parameter before the VM's first KVM_RUN wakes a worker that does not exist yet: a NULL pointer. */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  source: 'fixed by 43fb96ae7855 (6.14)',
  expect: { violates: ['one-worker-for-each-vm', 'primitives-are-used-rightly'] },
  kernel: { kvm_wake_nx_recovery_thread: wake_recovery_worker },
});
