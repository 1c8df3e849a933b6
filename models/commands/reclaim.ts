import { whole } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { reclaim_shadow_pages } from '../kernel/mmu_limit';

/** The reference is told which pages were taken: which, the kernel does not promise. */
export default command({
  doc: "Memory is short on the host: the shadow MMU's oldest pages are zapped, at least this many.",
  args: { pages: whole('pages', 1, 64, [1, 2, 4]) },
  weight: 4,
  reference: () => {},
  kernel: (kvm, a) => reclaim_shadow_pages(kvm, a.pages),
});
