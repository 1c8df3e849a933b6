import { command } from '../command';
import { destroy_and_create_again } from '../kernel/vm';
import * as reference from '../reference_host';

export default command({
  doc: 'Userspace closes the VM, and creates another like it: same slots, nothing mapped. Parameters and time go on.',
  args: {},
  weight: 1,
  reference: (ref) => reference.destroy_vm(ref),
  kernel: (kvm) => destroy_and_create_again(kvm),
});
