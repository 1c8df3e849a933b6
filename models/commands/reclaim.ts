import { whole } from '../../harness/command';
import { command } from '../command';
import { reclaim_shadow_pages } from '../kernel/mmu';

/** The reference is told which pages were taken: which, the kernel does not promise. */
export default command({
  doc: "The shadow-page limit is reached: the shadow MMU's oldest pages are zapped, at least this many.",
  args: { pages: whole('pages', 1, 64, [1, 2, 4]) },
  weight: 4,
  reference: () => {},
  kernel: (kvm, a) => reclaim_shadow_pages(kvm, a.pages),
});
