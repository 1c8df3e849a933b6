import { oneOf } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { create_other_vm, destroy_other_vm, exec_in_other_vm } from '../kernel/vm';
import * as reference from '../spec/host';

const REFERENCE = {
  exec: reference.exec_in_other_vm,
  create: reference.create_other_vm,
  destroy: reference.destroy_other_vm,
};
const KERNEL = { exec: exec_in_other_vm, create: create_other_vm, destroy: destroy_other_vm };

/** Parameters act on both VMs, and each has a worker. What is paused is finished first. */
export default command({
  doc: 'A second VM, with one region that a 2M page backs, is created, executes there (and is created for it), or is closed.',
  args: { do: oneOf('exec', 'create', 'destroy') },
  weight: 3,
  reference: (ref, a) => REFERENCE[a.do](ref),
  kernel(kvm, a) {
    KERNEL[a.do](kvm);
  },
});
