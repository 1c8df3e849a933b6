import { mapped_pages } from '../../models/reference';
import { after, breach } from '../claim';

/** TARGET: after a pass everything else is mapped as before. Judged by counting leaves of each size on both sides. */
export default after('pass', 'a pass zaps what it takes and nothing else', ({ audit, kvm, ref, crash }) => {
  if (crash !== null || !kvm.record.passes.some(({ lists }) => lists.some(({ taken }) => taken.length > 0))) return null;
  const want = mapped_pages(ref);
  if (want.every((n, i) => n === audit.leaves[i])) return null;
  return breach(`${audit.leaves.join(' + ')} leaves (4K + 2M + 1G)`, `${want.join(' + ')}`);
});
