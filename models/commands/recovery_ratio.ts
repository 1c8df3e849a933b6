import { command, ratio } from '../command';
import { set_recovery_params } from '../kernel/worker';

export default command({
  doc: 'Userspace writes the parameter nx_huge_pages_recovery_ratio.',
  thread: 'params',
  args: { ratio: ratio() },
  weight: 4,
  reference: (ref, a) => {
    ref.ratio = a.ratio;
  },
  kernel: (kvm, a) => set_recovery_params(kvm, { ratio: a.ratio }),
});
