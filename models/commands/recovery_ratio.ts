import { command, ratio } from '../catalogue/command';
import { set_recovery_params } from '../kernel/worker';
import * as reference from '../spec/host';

export default command({
  doc: 'Userspace writes the parameter nx_huge_pages_recovery_ratio.',
  thread: 'params',
  args: { ratio: ratio() },
  weight: 4,
  reference: (ref, a) => reference.set_recovery_ratio(ref, a.ratio),
  kernel: (kvm, a) => set_recovery_params(kvm, { ratio: a.ratio }),
});
