import { count_mapped } from '../../models/spec/recovery';
import { always, breach } from '../claim';

/**
 * MAP: the kernel side has the reference's tables, as many leaves of each size, and reports their numbers to userspace.
 * Only variants that must conform are judged (`FOLLOWS_ALWAYS` in variant.ts).
 */
export default always(
  'tables and leaves are those that there must be',
  ({ kvm, ref, audit, quiescent, divergence }) => {
    if (!quiescent) return null;
    const { pages } = kvm.stat;
    const { leaves } = audit;
    if (differ(pages, leaves)) return breach(`pages_4k/2m/1g ${pages.join('/')}`, `${leaves.join('/')}, as mapped`);
    if (divergence.places.size > 0) return breach(`${divergence.places.size} tables on one side only`, 'none');
    count_mapped(ref, want);
    return differ(leaves, want) ? breach(`${leaves.join('/')} pages of 4K/2M/1G are mapped`, want.join('/')) : null;
  },
);

/** The reference's leaves of 4K, 2M and 1G; overwritten by every check. */
const want: [number, number, number] = [0, 0, 0];

const differ = (a: readonly number[], b: readonly number[]): boolean => a[0] !== b[0] || a[1] !== b[1] || a[2] !== b[2];
