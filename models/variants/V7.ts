import { variant } from '../catalogue/variant';
import { kvm_tdp_mmu_zap_sp } from '../kernel/tdp_mmu';

/** Only recovery unaccounts a page. A page that any other path frees stays listed and counted. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: {
    violates: [
      'listed-pages-are-flagged-and-live',
      'listed-pages-are-splits',
      'stat-equals-splits',
      'primitives-are-used-rightly',
      'toggling-drains-all-lists',
    ],
    follows: ['nothing-is-left-of-a-vm'],
  },
  kernel: {
    tdp_mmu_unlink_sp: () => {},
    tdp_mmu_zap_for_recovery(kvm, sp) {
      kvm.ops.unaccount_nx_huge_page(kvm, sp);
      return kvm_tdp_mmu_zap_sp(kvm, sp);
    },
  },
});
