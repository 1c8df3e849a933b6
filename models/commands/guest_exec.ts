import { oneOf } from '../../harness/program/command';
import { command, offset, page, vcpu } from '../catalogue/command';
import { guest_access } from '../kernel/page_fault';
import { EXEC } from '../kernel/spte';
import { access } from '../spec/access';
import { run_vcpu } from '../spec/reference';
import { load_roots } from '../spec/roots';
import { MMUS } from '../world/world';

/** KVM must not map an executable huge page, so it builds page tables down to 4K and accounts them. */
export default command({
  doc: 'The guest (mmu=tdp; mmu=smm: in SMM) or a nested guest (mmu=shadow, mmu=shadow2) executes in a 4K page of a 2M region.',
  thread: 'vcpu',
  args: { mmu: oneOf(...MMUS), page: page(), offset: offset(), vcpu: vcpu() },
  weight: 45,
  reference(ref, a) {
    load_roots(ref, a.vcpu);
    access(ref, a.mmu, a.page, a.offset, 'exec');
  },
  asks: run_vcpu,
  kernel: (kvm, a) => guest_access(kvm, a.mmu, a.page * kvm.world.fan_out + a.offset, EXEC, a.vcpu),
});
