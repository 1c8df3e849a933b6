import { command, ratio } from '../catalogue/command';
import { recover_now } from '../kernel/worker';

/** The reference is told which pages the pass took, and judges how many: `tell()` in session.ts. */
export default command({
  doc: 'The worker, if there is one, makes one recovery pass now, at this ratio. The parameters stay as they are.',
  thread: 'worker',
  args: { ratio: ratio() },
  weight: 20,
  reference: (ref) => {
    if (ref.worker) ref.last_pass = ref.now;
  },
  kernel: (kvm, a) => recover_now(kvm, a.ratio),
});
