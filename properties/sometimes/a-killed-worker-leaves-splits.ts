import { sometimes } from '../claim';

/** Before 6.12 the worker is a kthread, which cannot be killed, so there is nothing to reach. */
export default sometimes(
  'splits stand, and the worker that would recover them was killed',
  ({ quiescent, ref, splits }) => {
    if (!ref.contract.worker_can_be_killed) return true;
    return quiescent && ref.killed && splits.some((n) => n > 0);
  },
);
