import { oneOf } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { next_pass_of_all, sleep_until } from '../kernel/worker';
import * as reference from '../spec/parameters';

const EARLY = { before_due: 1, due: 0 };

/** Time is symbolic: the clock stops only at moments that the worker's own arithmetic gives. */
export default command({
  doc: 'Time passes until the next pass of any VM is due, or until 1 ms before. No time passes while none will be due.',
  thread: 'params',
  args: { until: oneOf('before_due', 'due') },
  weight: 8,
  reference: (ref, a) => reference.wait_until(ref, reference.next_pass_of_all(ref) - EARLY[a.until]),
  *kernel(kvm, a) {
    const moment = next_pass_of_all(kvm) - EARLY[a.until];
    if (Number.isFinite(moment)) yield* sleep_until(kvm, moment);
  },
});
