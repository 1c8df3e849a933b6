import { command } from '../catalogue/command';
import { exit_and_begin_again } from '../kernel/vm';
import * as reference from '../spec/parameters';

/** Unlike `destroy_vm` this finds the worker in the middle of a pass. Drawn in programs of its own theme only. */
export default command({
  doc: 'The process of userspace ends with its VMs open, also the second one. From 6.12 on the workers are threads of it: they end, too, and the last of them destroys the VMs. A new process creates one VM.',
  args: {},
  weight: 0,
  reference: (ref) => reference.exit_process(ref),
  kernel: (kvm) => exit_and_begin_again(kvm),
});
