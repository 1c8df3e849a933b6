import { after, breach } from '../claim';

/**
 * ONCE: a call changes the counters by 1 for a page that joins or leaves a list, and by 0 for a page that does neither.
 */
export default after('accounting', 'account and unaccount are idempotent', ({ kvm }) => {
  for (const { what, listed_before, listed_after, changes } of kvm.record.accountings) {
    const joined = Number(listed_after) - Number(listed_before);
    let change = 0;
    for (const one of changes) change += one;
    if (change !== joined)
      return breach(`${what} changes the counters by ${change}`, `${joined}, as it changes the list`);
  }
  return null;
});
