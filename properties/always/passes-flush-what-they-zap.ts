import { always, breach } from '../claim';

/** FLUSH: a pass ends with nothing unflushed, and one that zaps nothing flushes nothing. */
export default always('a pass flushes if and only if it zaps', ({ kvm, crash }) => {
  if (crash !== null) return null;
  for (const { zaps, flushes, unflushed } of kvm.record.passes) {
    if (unflushed > 0) return breach(`${unflushed} SPTEs zapped and not flushed when the pass ended`, '0');
    if (zaps === 0 && flushes > 0) return breach(`an idle pass flushed ${flushes} times`, 'no flush');
  }
  return null;
});
