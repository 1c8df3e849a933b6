import { oneOf } from '../../harness/program/command';
import { command, vcpu } from '../catalogue/command';
import { paused_of, resume } from '../kernel/scheduler';
import { THREADS } from '../kernel/types';

/** With `pause=N` up to the N-th place from where it stands. */
export default command({
  doc: 'A thread that is in the middle of something goes on (thread=vcpu: that vCPU); nothing, if it is not.',
  thread: null,
  args: { thread: oneOf(...THREADS), vcpu: vcpu() },
  weight: 4,
  reference: () => {},
  kernel(kvm, a) {
    const operation = paused_of(kvm, a.thread, a.vcpu);
    if (operation) resume(kvm, operation, a.pause);
  },
});
