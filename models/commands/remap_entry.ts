import { oneOf, optional, whole } from '../../harness/program/command';
import { command, page, page_1g, vcpu } from '../catalogue/command';
import { remap_gpte } from '../kernel/nested';
import * as reference from '../spec/nested';
import { run_vcpu } from '../spec/reference';
import { load_roots } from '../spec/roots';

/**
 * What is mapped goes at once if KVM sees the write, else with the next fault of the guest there. Drawn in programs of its own
 * theme only.
 */
export default command({
  doc: "A nested guest's hypervisor (L1) lets its entry for a page point elsewhere: to the 1G page that has the page `to`, or that is outside all slots there (size=2m: to a page directory, which maps that 1G page by entries of 2M). tracked=0: KVM does not see it, because not L1 writes the entry, but userspace or a device.",
  thread: 'vcpu',
  args: {
    mmu: oneOf('shadow', 'shadow2'),
    page: page(),
    to: page_1g(),
    tracked: whole('tracked', 0, 1),
    size: optional(oneOf('1g', '2m'), '1g'),
    vcpu: vcpu(),
  },
  weight: 0,
  reference(ref, a) {
    if (a.tracked) {
      run_vcpu(ref);
      load_roots(ref, a.vcpu);
    }
    reference.remap_entry(ref, a.mmu, a.page, a.to, a.size === '2m', a.tracked === 1);
  },
  asks(ref, a) {
    if (a.tracked) run_vcpu(ref);
    reference.point_entry(ref, a.mmu, a.page, a.to, a.size === '2m');
  },
  kernel(kvm, a) {
    const { fan_out } = kvm.world;
    remap_gpte(kvm, a.mmu, a.page * fan_out, a.to * fan_out, a.size === '2m', a.tracked === 1, a.vcpu);
  },
});
