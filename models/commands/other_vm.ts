import { oneOf } from '../../harness/program/command';
import { command } from '../catalogue/command';
import { create_other_vm, destroy_other_vm, exec_in_other_vm } from '../kernel/vm';
import * as reference from '../spec/parameters';

const REFERENCE = {
  exec: reference.exec_in_other_vm,
  create: reference.create_other_vm,
  destroy: reference.destroy_other_vm,
};
const KERNEL = { exec: exec_in_other_vm, create: create_other_vm, destroy: destroy_other_vm };

/** Parameters act on both VMs, and each VM has its own worker. Paused commands are finished first. */
export default command({
  doc: 'Userspace creates a second VM with one region that a 2M page backs, lets its guest execute there (and creates it first, if need be), or closes it.',
  args: { do: oneOf('exec', 'create', 'destroy') },
  weight: 3,
  reference: (ref, a) => REFERENCE[a.do](ref),
  kernel(kvm, a) {
    KERNEL[a.do](kvm);
  },
});
