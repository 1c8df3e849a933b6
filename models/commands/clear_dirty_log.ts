import { oneOf } from '../../harness/program/command';
import { command, offset, page } from '../catalogue/command';
import { kvm_clear_dirty_log_protect } from '../kernel/dirty_log';
import * as reference from '../spec/dirty_log';
import { CLEARED } from '../world/world';

/** Does nothing where no slot is, or where it is not dirty-logged: the kernel says so (EINVAL, ENOENT). */
export default command({
  doc: 'Userspace clears dirty bits (KVM_CLEAR_DIRTY_LOG) of a 4K page, of its 2M region or of its whole slot, so that the next writes to them are logged.',
  args: { size: oneOf(...CLEARED), page: page(), offset: offset() },
  weight: 4,
  reference: (ref, a) => reference.clear_dirty_log(ref, a.page, a.offset, a.size),
  asks: () => {},
  kernel: (kvm, a) => kvm_clear_dirty_log_protect(kvm, a.page * kvm.world.fan_out + a.offset, a.size),
});
