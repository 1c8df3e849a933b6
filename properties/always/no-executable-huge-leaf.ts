import { always, breach, of_tlbs } from '../claim';

/**
 * SEC: with the mitigation on and the VM not exempt, no leaf above 4K is executable, in page tables or in a vCPU's TLB.
 */
export default of_tlbs(
  always('no executable leaf above 4K, in tables or TLBs', ({ audit, kvm, ref }) => {
    if (!ref.nx || ref.exempt) return null;
    if (audit.executable_huge)
      return breach(`an executable huge leaf in the table for gfn ${audit.executable_huge.gfn}`, 'none');
    for (const { level, access, vcpu, gfn } of kvm.tlb) {
      if (level > 1 && access & 4)
        return breach(`vCPU ${vcpu} has an executable huge page cached for gfn ${gfn}`, 'none');
    }
    return null;
  }),
);
