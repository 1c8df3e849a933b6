import { variant } from '../catalogue/variant';
import { tdp_mmu_set_spte } from '../kernel/tdp_mmu';

/**
 * A table's role.level is its parent's level (B31). Recovery takes role.level + 1 for the level of the SPTE that points
 * to the table (V9).
 */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25; B31: fixed by a3aca4de0d91 (5.14)',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: {
    child_role_level: (level) => level,
    tdp_mmu_zap_for_recovery(kvm, sp) {
      const [ptep] = sp.parent_ptes;
      if (ptep) tdp_mmu_set_spte(kvm, ptep.sp, ptep.index, sp.role.level + 1, 0);
      return true;
    },
  },
});
