import { u64_text } from '../../models/kernel/u64';
import type { ListAudit } from '../../models/lockstep/audit';
import { always, breach } from '../claim';

/** COUNT: each list's counter is the number of pages on it. Does not judge whether they belong there. */
export default always('each counter equals the length of its list', ({ audit, kvm }) => {
  for (let list = 0; list < audit.lists.length; list++) {
    const { length, counter } = audit.lists[list] as ListAudit;
    if (length === null || length === counter) continue;
    return breach(`${kvm.lists[list]?.name} counts ${u64_text(counter)}`, `${length}, the pages on its list`);
  }
  return null;
});
