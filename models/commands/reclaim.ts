import { whole } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { reclaim_shadow_pages } from '../kernel/mmu_limit';

/** The kernel does not promise which pages it zaps, but how many: the reference is told which. */
export default command({
  doc: 'The host is short of memory: KVM zaps the oldest pages of the shadow MMU, at least this many if there are so many.',
  args: { pages: whole('pages', 1, 64, [1, 2, 4]) },
  weight: 4,
  reference: () => {},
  kernel: (kvm, a) => reclaim_shadow_pages(kvm, a.pages),
});
