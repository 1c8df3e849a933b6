import { command, ratio } from '../catalogue/command';
import { recover_now } from '../kernel/worker';

/** The reference is told which pages were taken, and judges how many: `tell()` in session.ts. */
export default command({
  doc: 'One recovery pass at this ratio, now, if there is a worker; the parameters stay as they are.',
  thread: 'worker',
  args: { ratio: ratio() },
  weight: 20,
  reference: (ref) => {
    if (ref.worker) ref.last_pass = ref.now;
  },
  kernel: (kvm, a) => recover_now(kvm, a.ratio),
});
