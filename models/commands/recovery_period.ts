import { whole } from '../../harness/program/command';
import { command } from '../catalogue/command';
import * as reference from '../spec/parameters';

export default command({
  doc: 'Userspace writes the parameter nx_huge_pages_recovery_period_ms (0: computed from the ratio). From 5.16 on.',
  thread: 'params',
  args: { ms: whole('ms', 0, 0xffff_ffff, [0, 1000, 60_000, 600_000, 0xffff_ffff]) },
  weight: 3,
  reference: (ref, a) => reference.set_recovery_period(ref, a.ms),
  kernel: (kvm, a) => kvm.ops.set_nx_huge_pages_recovery_param(kvm, { period_ms: a.ms }),
});
