import { oneOf } from '../../harness/program/command';
import { command, slot } from '../catalogue/command';
import { replace_backing, slot_of } from '../kernel/memslots';
import * as reference from '../spec/host';
import { BACKINGS } from '../world/world';

export default command({
  doc: 'Userspace creates a slot at its home address, on fresh memory with this backing. A slot that exists stays as it is.',
  args: { backing: oneOf(...BACKINGS), slot: slot() },
  weight: 2,
  reference(ref, a) {
    reference.replace_backing(ref, a.slot, a.backing);
    reference.create_slot(ref, a.slot);
  },
  kernel(kvm, a) {
    replace_backing(slot_of(kvm, a.slot), a.backing);
    kvm.ops.kvm_create_memslot(kvm, slot_of(kvm, a.slot));
  },
});
