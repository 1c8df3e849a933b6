import { variant } from '../catalogue/variant';
import { tdp_mmu_set_spte } from '../kernel/tdp_mmu';
import v7 from './V7';

/**
 * V7 leaves freed pages listed. V10 makes recovery clear the SPTE that once pointed to the page, whatever it points to
 * now.
 */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: {
    violates: [...(v7.expect === 'conforms' ? [] : v7.expect.violates), 'passes-zap-only-what-they-take'],
    follows: ['nothing-is-left-of-a-vm'],
  },
  kernel: {
    // parent_sptep is never cleared: handle_removed_pt() removes only one of the two copies.
    tdp_mmu_unlink_sp: (_kvm, sp) => void sp.parent_ptes.push(...sp.parent_ptes),
    tdp_mmu_zap_for_recovery(kvm, sp) {
      kvm.ops.unaccount_nx_huge_page(kvm, sp);
      const [ptep] = sp.parent_ptes;
      if (ptep) tdp_mmu_set_spte(kvm, ptep.sp, ptep.index, sp.role.level + 1, 0);
      return true;
    },
  },
});
