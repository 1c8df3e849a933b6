import { command, slot } from '../catalogue/command';
import { slot_of } from '../kernel/memslots';
import * as reference from '../spec/host';

export default command({
  doc: 'Userspace deletes a slot. KVM zaps all mappings of the VM, those of other slots too.',
  args: { slot: slot() },
  weight: 1,
  reference: (ref, a) => reference.delete_slot(ref, a.slot),
  kernel: (kvm, a) => kvm.ops.kvm_delete_memslot(kvm, slot_of(kvm, a.slot)),
});
