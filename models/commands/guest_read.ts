import { oneOf } from '../../harness/program/command';
import { command, offset, page, vcpu } from '../catalogue/command';
import { guest_access } from '../kernel/page_fault';
import { READ } from '../kernel/spte';
import { access } from '../spec/access';
import { run_vcpu } from '../spec/reference';
import { load_roots } from '../spec/roots';
import { MMUS } from '../world/world';

/** KVM maps the largest page that the backing, dirty logging and the tables that stand allow. */
export default command({
  doc: 'The guest (mmu=tdp; mmu=smm: in SMM) or a nested guest (mmu=shadow, mmu=shadow2) reads from a 4K page of a 2M region.',
  thread: 'vcpu',
  args: { mmu: oneOf(...MMUS), page: page(), offset: offset(), vcpu: vcpu() },
  weight: 35,
  reference(ref, a) {
    load_roots(ref, a.vcpu);
    access(ref, a.mmu, a.page, a.offset, 'read');
  },
  asks: run_vcpu,
  kernel: (kvm, a) => guest_access(kvm, a.mmu, a.page * kvm.world.fan_out + a.offset, READ, a.vcpu),
});
