import { oneOf } from '../../harness/program/command';
import { command, page, vcpu } from '../catalogue/command';
import { clear_gpte_dirty } from '../kernel/nested';
import * as reference from '../spec/nested';
import { run_vcpu } from '../spec/reference';
import { load_roots } from '../spec/roots';

/** Until the nested guest's next write there, KVM maps its pages read-only, through a separate tree of tables. */
export default command({
  doc: "A nested guest's hypervisor (L1) clears the dirty bit of the 1G entry in its own page tables that maps this region.",
  thread: 'vcpu',
  args: { mmu: oneOf('shadow', 'shadow2'), page: page(), vcpu: vcpu() },
  weight: 3,
  reference(ref, a) {
    load_roots(ref, a.vcpu);
    reference.clear_gpte_dirty(ref, a.mmu, a.page);
  },
  asks: run_vcpu,
  kernel: (kvm, a) => clear_gpte_dirty(kvm, a.mmu, a.page * kvm.world.fan_out, a.vcpu),
});
