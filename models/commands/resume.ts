import { oneOf } from '../../harness/program/command';
import { command, vcpu } from '../catalogue/command';
import { paused_of, resume } from '../kernel/scheduler';
import { THREADS } from '../kernel/types';

/** With `pause=N` it stops again at the N-th place from where it was paused. */
export default command({
  doc: 'A paused thread continues (thread=vcpu: the thread of this vCPU). Nothing happens if it is not paused.',
  thread: null,
  args: { thread: oneOf(...THREADS), vcpu: vcpu() },
  weight: 4,
  reference: () => {},
  kernel(kvm, a) {
    const operation = paused_of(kvm, a.thread, a.vcpu);
    if (operation) resume(kvm, operation, a.pause);
  },
});
