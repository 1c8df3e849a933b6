import { CAUSES } from '../../models/lockstep/session';
import { breach, live } from '../claim';

/**
 * MAP: as many leaves of each size are mapped as the reference has. Other properties judge a region that should be
 * huge, a pass, and what follows from a wrong number of splits.
 */
export default live(
  'the number of mapped pages of each size is right',
  ({ command, after, want, pass, access_level }) => {
    if (!after || !want || pass || after.splits !== want.splits) return null;
    if (after.pages.every((n, i) => n === want.pages[i])) return null;
    if (CAUSES['access']?.includes(command.name) && is_smaller(after.pages, want.pages, access_level)) return null;
    return breach(text(after.pages), text(want.pages));
  },
);

const text = ([small, mid, large]: readonly number[]) => `${small} of 4K, ${mid} of 2M, ${large} of 1G`;

function is_smaller(have: readonly number[], want: readonly number[], level: number): boolean {
  return level > 1 && (have[level - 1] ?? 0) < (want[level - 1] ?? 0);
}
