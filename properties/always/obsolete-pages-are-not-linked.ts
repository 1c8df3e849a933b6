import { always, breach } from '../claim';

/** OBSOLETE: what kvm_mmu_zap_all_fast() has given up is zapped, not found in the hash and linked anew. */
export default always('no shadow page in use leads to an obsolete one', ({ kvm }) => {
  for (const obsolete of kvm.sps) {
    if (obsolete.tdp_mmu_page || obsolete.mmu_valid_gen === kvm.mmu_valid_gen) continue;
    const parent = obsolete.parent_ptes.find(({ sp }) => sp.mmu_valid_gen === kvm.mmu_valid_gen);
    if (parent)
      return breach(`the table at gfn ${obsolete.gfn} is obsolete, and linked from one that is not`, 'zapped');
  }
  return null;
});
