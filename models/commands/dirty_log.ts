import { command, onoff, slot } from '../catalogue/command';
import { initially_all_set } from '../kernel/dirty_log';
import { slot_of } from '../kernel/memslots';
import * as reference from '../spec/dirty_log';

export default command({
  doc: 'Userspace turns dirty logging of a slot on or off (KVM_MEM_LOG_DIRTY_PAGES).',
  args: { on: onoff(), slot: slot() },
  weight: 8,
  reference: (ref, a) =>
    a.on ? reference.start_dirty_logging(ref, a.slot) : reference.stop_dirty_logging(ref, a.slot),
  kernel(kvm, a) {
    const slot = slot_of(kvm, a.slot);
    const protects = a.on && !initially_all_set(kvm);
    if (protects && slot.base_gfn >= 0 && !slot.dirty_log) kvm.record.logging_began = slot;
    return a.on ? kvm.ops.start_dirty_logging(kvm, slot) : kvm.ops.stop_dirty_logging(kvm, slot);
  },
});
