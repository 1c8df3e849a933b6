import { after, breach, seen_by_userspace } from '../claim';

/** FLUSH: at the end of a pass everything that it zapped is flushed; a pass that zaps nothing flushes nothing. */
const claim = after('pass', 'a pass flushes if and only if it zaps', ({ kvm }) => {
  for (const { lists, zaps, flushes, unflushed } of kvm.record.passes) {
    if (unflushed.length > 0)
      return breach(`${unflushed.length} SPTEs zapped and not flushed when the pass ended`, '0');
    const idle = zaps === 0 && lists.every(({ taken }) => taken.length === 0);
    if (idle && flushes > 0) return breach(`an idle pass flushed ${flushes} times`, 'no flush');
  }
  return null;
});

/** Userspace sees leaves disappear and the number of flush requests. It does not see tables without leaves. */
export default seen_by_userspace(claim, ({ before, after, pass }) => {
  if (!after || !pass?.direct) return null;
  const flushes = after.flushes - before.flushes;
  const gone = before.pages.some((n, i) => n > (after.pages[i] ?? 0));
  if (gone && flushes === 0) return breach('leaves are gone, and no flush was asked for', 'one at least');
  if (!gone && after.splits === before.splits && flushes > 0)
    return breach(`an idle pass flushed ${flushes} times`, 'no flush');
  return null;
});
