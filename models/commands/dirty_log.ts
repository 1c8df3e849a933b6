import { command, onoff, slot } from '../catalogue/command';
import * as kernel from '../kernel/memslots';
import * as reference from '../spec/host';

export default command({
  doc: 'Userspace turns dirty logging of a slot on or off (KVM_MEM_LOG_DIRTY_PAGES).',
  args: { on: onoff(), slot: slot() },
  weight: 8,
  reference: (ref, a) =>
    a.on ? reference.start_dirty_logging(ref, a.slot) : reference.stop_dirty_logging(ref, a.slot),
  kernel(kvm, a) {
    const slot = kernel.slot_of(kvm, a.slot);
    return a.on ? kernel.start_dirty_logging(kvm, slot) : kernel.stop_dirty_logging(kvm, slot);
  },
});
