import { command, ratio } from '../catalogue/command';
import * as reference from '../spec/parameters';

export default command({
  doc: 'Userspace writes the parameter nx_huge_pages_recovery_ratio.',
  thread: 'params',
  args: { ratio: ratio() },
  weight: 4,
  reference: (ref, a) => reference.set_recovery_ratio(ref, a.ratio),
  kernel: (kvm, a) => kvm.ops.set_nx_huge_pages_recovery_param(kvm, { ratio: a.ratio }),
});
