import { CAUSES } from '../../models/lockstep/session';
import { after, breach, finding, seen_by_userspace } from '../claim';

/** LIVE: every fault ends. Does not judge the size of the page that is mapped for the access. */
const claim = after('finding', 'every guest access completes', (view) =>
  finding(view, 'LIVE', 'mapped, after a fault or two'),
);

export default seen_by_userspace(claim, ({ command, failure }) =>
  failure === null || !CAUSES['access']?.includes(command.name) ? null : breach(failure, 'the access completes'),
);
