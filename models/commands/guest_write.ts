import { oneOf } from '../../harness/program/command';
import { command, offset, page, vcpu } from '../catalogue/command';
import { guest_access } from '../kernel/page_fault';
import { WRITE } from '../kernel/spte';
import { access } from '../spec/access';
import { run_vcpu } from '../spec/reference';
import { load_roots } from '../spec/roots';
import { MMUS } from '../world/world';

/** As a read. In a dirty-logged slot a write needs a 4K page, even where a read-only huge page serves reads. */
export default command({
  doc: 'The guest (mmu=tdp; mmu=smm: in SMM) or a nested guest (mmu=shadow, mmu=shadow2) writes to a 4K page of a 2M region.',
  thread: 'vcpu',
  args: { mmu: oneOf(...MMUS), page: page(), offset: offset(), vcpu: vcpu() },
  weight: 15,
  reference(ref, a) {
    load_roots(ref, a.vcpu);
    access(ref, a.mmu, a.page, a.offset, 'write');
  },
  asks: run_vcpu,
  kernel: (kvm, a) => guest_access(kvm, a.mmu, a.page * kvm.world.fan_out + a.offset, WRITE, a.vcpu),
});
