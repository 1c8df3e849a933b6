import { is_obsolete_sp } from '../../models/kernel/mmu';
import { always, breach } from '../claim';

/** OBSOLETE: pages that kvm_mmu_zap_all_fast() made obsolete are zapped, not found in the hash and linked again. */
export default always('no shadow page in use leads to an obsolete one', ({ kvm }) => {
  for (const obsolete of kvm.sps) {
    if (!is_obsolete_sp(kvm, obsolete)) continue;
    const parent = obsolete.parent_ptes.find(({ sp }) => !is_obsolete_sp(kvm, sp));
    if (parent)
      return breach(`the table at gfn ${obsolete.gfn} is obsolete, and linked from one that is not`, 'zapped');
  }
  return null;
});
