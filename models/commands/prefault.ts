import { oneOf } from '../../harness/program/command';
import { command, offset, page, vcpu } from '../catalogue/command';
import { kvm_vcpu_pre_fault_memory } from '../kernel/prefault';
import * as reference from '../spec/access';

/** No KVM_RUN: the vCPU's thread is in another ioctl. Drawn in programs of its own theme, and in plans, only. */
export default command({
  doc: 'Userspace has a 4K page mapped before the guest accesses it, as a read by this vCPU would map it (KVM_PRE_FAULT_MEMORY, from 6.11 on; mmu=smm: the vCPU is in SMM; mmu=shadow: it is in a nested guest, where KVM refuses).',
  thread: 'vcpu',
  args: { mmu: oneOf('tdp', 'smm', 'shadow'), page: page(), offset: offset(), vcpu: vcpu() },
  weight: 0,
  reference: (ref, a) => reference.prefault(ref, a.mmu, a.page, a.offset),
  asks: () => {},
  kernel: (kvm, a) => kvm_vcpu_pre_fault_memory(kvm, a.mmu, a.page * kvm.world.fan_out + a.offset, a.vcpu),
});
