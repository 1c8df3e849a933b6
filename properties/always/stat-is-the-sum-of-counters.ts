import { u64_text } from '../../models/kernel/u64';
import { always, breach } from '../claim';

/** COUNT: userspace reads the sum of the counters. Does not judge whether the counters are right. */
export default always('nx_lpage_splits equals the sum of the counters', ({ audit }) => {
  let sum = 0;
  for (const { counter } of audit.lists) sum += counter;
  if (sum === audit.stat) return null;
  return breach(`nx_lpage_splits ${u64_text(audit.stat)}`, `${u64_text(sum)}, the sum of the counters`);
});
