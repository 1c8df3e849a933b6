import { whole } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { limit_mmu_pages } from '../spec/parameters';
import { DEFAULT_MMU_PAGES } from '../world/world';

/** The kernel does not promise which pages it zaps, but how many: the reference is told which, now and after later faults. */
export default command({
  doc: "Userspace limits the VM's shadow pages (KVM_SET_NR_MMU_PAGES). Above the limit KVM zaps the oldest, now and before nested faults.",
  args: { pages: whole('mmu_pages', 1, DEFAULT_MMU_PAGES, [DEFAULT_MMU_PAGES, 4, 2]) },
  weight: 2,
  reference: (ref, a) => limit_mmu_pages(ref, a.pages),
  kernel: (kvm, a) => kvm.ops.kvm_mmu_change_mmu_pages(kvm, a.pages),
});
