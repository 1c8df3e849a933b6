import { oneOf } from '../../harness/program/command';
import { command, page, vcpu } from '../catalogue/command';
import { clear_gpte_dirty } from '../kernel/nested';
import * as reference from '../spec/nested';

/** Until the next write the guest's pages there are mapped read-only, by tables of their own. */
export default command({
  doc: "A nested guest's hypervisor clears the dirty bit of the entry in its tables that maps the 1G page around this region.",
  thread: 'vcpu',
  args: { mmu: oneOf('shadow', 'shadow2'), page: page(), vcpu: vcpu() },
  weight: 3,
  reference: (ref, a) => reference.clear_gpte_dirty(ref, a.mmu, a.page),
  kernel: (kvm, a) => clear_gpte_dirty(kvm, a.mmu, a.page * kvm.world.fan_out),
});
