import { whole } from '../../harness/program/command';
import { command, offset, page } from '../catalogue/command';
import { kvm_vm_set_mem_attributes } from '../kernel/attributes';
import * as reference from '../spec/attributes';

/** A page that is so already stays as it is, and so does what is mapped. Drawn in programs of its own theme, and in plans, only. */
export default command({
  doc: 'Userspace makes a 4K page private, or shared again (KVM_SET_MEMORY_ATTRIBUTES, from 6.8 on): no huge page may map private pages and others. Who may access private pages is not modelled.',
  args: { page: page(), offset: offset(), private: whole('private', 0, 1) },
  weight: 0,
  reference: (ref, a) => reference.set_attribute(ref, a.page, a.offset, a.private === 1),
  asks: (ref, a) => reference.ask_for_attribute(ref, a.page, a.offset, a.private === 1),
  kernel: (kvm, a) => kvm_vm_set_mem_attributes(kvm, a.page * kvm.world.fan_out + a.offset, a.private === 1),
});
