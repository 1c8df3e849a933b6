import { is_nx_huge_page_enabled } from '../../models/kernel/spte';
import { always, breach, of_tlbs } from '../claim';

/**
 * SEC: with the mitigation on and the VM not exempt, no leaf above 4K is executable, in page tables or in a vCPU's TLB.
 */
export default of_tlbs(
  always('no executable leaf above 4K, in tables or TLBs', ({ audit, kvm, ref, predictable }) => {
    if (predictable ? !ref.nx || ref.exempt : !is_nx_huge_page_enabled(kvm)) return null;
    if (audit.executable_huge)
      return breach(`an executable huge leaf in the table for gfn ${audit.executable_huge.gfn}`, 'none');
    for (const { level, access, vcpu, gfn } of kvm.tlb) {
      if (level > 1 && access & 4)
        return breach(`vCPU ${vcpu} has an executable huge page cached for gfn ${gfn}`, 'none');
    }
    return null;
  }),
);
