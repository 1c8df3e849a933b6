import { command, onoff } from '../catalogue/command';
import * as reference from '../spec/parameters';

export default command({
  doc: 'Userspace writes the parameter nx_huge_pages: the mitigation is forced on or off for every VM.',
  thread: 'params',
  args: { on: onoff() },
  weight: 3,
  reference: (ref, a) => reference.set_nx_huge_pages(ref, a.on === 1),
  kernel: (kvm, a) => kvm.ops.set_nx_huge_pages(kvm, a.on === 1),
});
