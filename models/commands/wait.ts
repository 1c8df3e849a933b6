import { oneOf } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { next_pass_of_all, sleep_until } from '../kernel/worker';
import * as reference from '../spec/host';

const EARLY = { before_due: 1, due: 0 };

/** Symbolic time: the clock knows only the moments that the worker's own arithmetic names. */
export default command({
  doc: 'Time passes: to the moment the next pass of any VM is due, or to 1 ms before. Not at all while none will be.',
  thread: 'params',
  args: { until: oneOf('before_due', 'due') },
  weight: 8,
  reference: (ref, a) => reference.wait_until(ref, reference.next_pass_of_all(ref) - EARLY[a.until]),
  *kernel(kvm, a) {
    const moment = next_pass_of_all(kvm) - EARLY[a.until];
    if (Number.isFinite(moment)) yield* sleep_until(kvm, moment);
  },
});
