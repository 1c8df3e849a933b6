import { u64_text } from '../../models/kernel/u64';
import { always, breach } from '../claim';

/** STAT: userspace is told how many splits there are. Only at rest: no command of the program is paused. */
export default always('nx_lpage_splits equals the splits', ({ audit, splits }) => {
  let sum = 0;
  for (const n of splits) sum += n;
  if (sum === audit.stat) return null;
  return breach(`nx_lpage_splits ${u64_text(audit.stat)}`, `${sum}, the splits that stand`);
});
