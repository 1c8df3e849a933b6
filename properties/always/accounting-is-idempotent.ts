import { after, breach } from '../claim';

/** ONCE: accounting what is accounted, or unaccounting what is not, changes no list; else it changes one by one. */
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
