import { command } from '../catalogue/command';

/** Userspace handles the signal and calls KVM_RUN again. The guest must run all the same. */
export default command({
  doc: 'A signal becomes pending: the next KVM_RUN of any vCPU returns at once, and userspace calls it again.',
  args: {},
  weight: 2,
  reference: () => {},
  kernel: (kvm) => {
    kvm.signal_pending = true;
  },
});
