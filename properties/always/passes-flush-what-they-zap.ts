import { after, breach } from '../claim';

/** FLUSH: a pass ends with nothing unflushed, and one that zaps nothing flushes nothing. */
export default after('pass', 'a pass flushes if and only if it zaps', ({ kvm }) => {
  for (const { lists, zaps, flushes, unflushed } of kvm.record.passes) {
    if (unflushed > 0) return breach(`${unflushed} SPTEs zapped and not flushed when the pass ended`, '0');
    const idle = zaps === 0 && lists.every(({ taken }) => taken.length === 0);
    if (idle && flushes > 0) return breach(`an idle pass flushed ${flushes} times`, 'no flush');
  }
  return null;
});
