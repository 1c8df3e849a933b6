import { ratio_asked } from '../asked';
import { after, breach, seen_by_userspace } from '../claim';

/**
 * RATE: a pass takes at least one page of each list that should hold splits. The bug of 2020 violated this property.
 */
const claim = after('pass', 'to_zap is nonzero when splits exist, unless recovery is off', (view) => {
  for (const { record, splits } of view.passes) {
    if (ratio_asked(view, record) === 0) continue;
    for (const [list, n] of splits.entries()) {
      const walk = record.lists.find((one) => one.list === list);
      if (n > 0 && !walk?.to_zap) return breach(walk ? 'to_zap 0' : 'a list not walked', `at least 1 of ${n} splits`);
    }
  }
  return null;
});

/** Userspace sees the number of splits before and after the pass. */
export default seen_by_userspace(claim, ({ before, after, pass }) => {
  if (!pass?.direct || !after || pass.ratio === 0 || before.splits === 0 || after.splits < before.splits) return null;
  return breach('a pass that took none', `at least 1 of ${before.splits} splits`);
});
