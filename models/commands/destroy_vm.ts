import { optional, whole } from '../../harness/command';
import { command } from '../command';
import { destroy_and_create_again } from '../kernel/vm';
import * as reference from '../reference_host';

export default command({
  doc: 'Userspace closes the VM, and creates another like it, nothing mapped (exempt=1: without the mitigation, from 6.0).',
  args: { exempt: optional(whole('exempt', 0, 1), 0) },
  weight: 1,
  reference: (ref, a) => reference.destroy_vm(ref, a.exempt === 1),
  kernel: (kvm, a) => destroy_and_create_again(kvm, a.exempt === 1),
});
