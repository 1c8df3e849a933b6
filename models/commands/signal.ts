import { command } from '../catalogue/command';

/** Userspace handles it and calls KVM_RUN again: that the guest gets to run all the same is what must be true. */
export default command({
  doc: 'A signal becomes pending: the next KVM_RUN, whichever vCPU it is of, returns at once, and userspace calls it again.',
  args: {},
  weight: 2,
  reference: () => {},
  kernel: (kvm) => {
    kvm.signal_pending = true;
  },
});
