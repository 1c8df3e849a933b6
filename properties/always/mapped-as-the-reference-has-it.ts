import { difference } from '../../models/lockstep/difference';
import { count_mapped } from '../../models/spec/recovery';
import { always, breach } from '../claim';

/**
 * MAP: the kernel side has the reference's tables, as many leaves of each size, and reports their numbers to userspace.
 * Only variants that must conform are judged (`FOLLOWS_ALWAYS` in variant.ts).
 */
export default always(
  'tables and leaves equal those of the reference',
  ({ kvm, ref, audit, quiescent, divergence }) => {
    if (!quiescent) return null;
    const { pages } = kvm.stat;
    const { leaves } = audit;
    if (differ(pages, leaves)) return breach(`pages_4k/2m/1g ${pages.join('/')}`, `${leaves.join('/')}, as mapped`);
    count_mapped(ref, want);
    if (divergence.places.size === 0 && !differ(leaves, want)) return null;
    const { got, want: missing } = difference(kvm, ref) ?? {
      got: `${divergence.places.size} tables on one side only`,
      want: null,
    };
    const counts = differ(leaves, want) ? `: ${leaves.join('/')} pages of 4K/2M/1G, not ${want.join('/')}` : '';
    return breach(`${got ?? `not ${missing}`}${counts}`, got === null ? `${missing}` : `not ${got}`);
  },
);

/** The reference's leaves of 4K, 2M and 1G; overwritten by every check. */
const want: [number, number, number] = [0, 0, 0];

const differ = (a: readonly number[], b: readonly number[]): boolean => a[0] !== b[0] || a[1] !== b[1] || a[2] !== b[2];
