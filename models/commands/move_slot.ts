import { oneOf } from '../../harness/program/command';
import { command, slot } from '../catalogue/command';
import { slot_of } from '../kernel/memslots';
import * as reference from '../spec/host';

export default command({
  doc: 'Userspace moves a slot to one of its two guest addresses. A slot that is already there, or does not exist, stays as it is.',
  args: { to: oneOf('home', 'away'), slot: slot() },
  commits: 'at the end',
  weight: 2,
  reference: (ref, a) => reference.move_slot(ref, a.slot, ref.world.slots[a.slot]?.[a.to] ?? 0),
  kernel: (kvm, a) => kvm.ops.kvm_move_memslot(kvm, slot_of(kvm, a.slot), kvm.world.slots[a.slot]?.[a.to] ?? 0),
});
