import { command, vcpu } from '../catalogue/command';
import { unload_roots } from '../kernel/roots';
import { run_vcpu } from '../spec/reference';
import * as reference from '../spec/roots';

/** Drawn in programs of its own theme only: up to 6.3 a program in which all tables go now and then shows little else. */
export default command({
  doc: 'A vCPU lets go of the roots of its page tables, and loads them again when it runs (SMI, RSM, a changed CR0.WP). Up to 6.3 the tables of the TDP MMU go with the last vCPU.',
  thread: 'vcpu',
  args: { vcpu: vcpu() },
  weight: 0,
  reference: (ref, a) => reference.unload_roots(ref, a.vcpu),
  asks: run_vcpu,
  kernel(kvm, a) {
    const before = kvm.sps.length;
    unload_roots(kvm, a.vcpu);
    kvm.record.lost_with_roots = Math.max(0, before - kvm.sps.length);
  },
});
