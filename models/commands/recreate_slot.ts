import { command, slot } from '../catalogue/command';
import { recreate_memslot, slot_of } from '../kernel/memslots';
import * as reference from '../spec/host';

export default command({
  doc: 'Userspace deletes a slot and creates it again at its home address, with the same memory and flags (dirty logging too).',
  args: { slot: slot() },
  commits: 'at the end',
  weight: 2,
  reference: (ref, a) => reference.recreate_slot(ref, a.slot),
  kernel: (kvm, a) => recreate_memslot(kvm, slot_of(kvm, a.slot)),
});
