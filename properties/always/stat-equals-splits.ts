import { u64_text } from '../../models/kernel/u64';
import { has_diverged, place_of } from '../../models/lockstep/divergence';
import type { View } from '../../models/lockstep/session';
import { always, breach, seen_by_userspace } from '../claim';

/** STAT: nx_lpage_splits is the number of splits. Judged only while no command is paused. */
const claim = always('nx_lpage_splits equals the splits', (view) => {
  if (!view.quiescent) return null;
  let splits = diverged_pages(view);
  for (const n of view.splits) splits += n;
  if (splits === view.audit.stat) return null;
  return breach(`nx_lpage_splits ${u64_text(view.audit.stat)}`, `${splits}, the splits that stand`);
});

/** The number of listed pages at diverged places, which are not judged. */
function diverged_pages({ audit, divergence, kvm }: View): number {
  if (divergence.places.size === 0) return 0;
  return audit.lists.flatMap(({ pages }) => pages).filter((sp) => has_diverged(divergence, place_of(kvm, sp))).length;
}

/** RATE judges how many splits a pass leaves. */
export default seen_by_userspace(claim, ({ after, want, pass }) => {
  if (!after || !want || pass || after.splits === want.splits) return null;
  return breach(`nx_lpage_splits ${u64_text(after.splits)}`, `${want.splits}, the splits that stand`);
});
