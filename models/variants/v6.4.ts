import { variant } from '../catalogue/variant';
import { slot_in_own_address_space } from '../kernel/nx_pass';
import { tdp_account_mmu_page, tdp_unaccount_mmu_page } from '../kernel/tdp_mmu';

/**
 * 6.4 to 6.17: recovery looks up a page's slot in the page's own address space, also for SMM. Knows `never` (from 6.5).
 * The TDP MMU counts its pages (from 6.3), and its tables stay when no vCPU has loaded their root.
 */
export default variant({
  kind: 'baseline',
  base: 'v6.2',
  source: '6.4 to 6.17, with every defect found later fixed',
  expect: 'conforms',
  contract: {
    slots_by_address_space: true,
    never_is_for_good: true,
    tdp_roots_outlive_their_vcpus: true,
    counts_tdp_mmu_pages: true,
  },
  kernel: {
    slot_for_recovery: slot_in_own_address_space,
    has_never: true,
    tdp_roots_outlive_their_vcpus: true,
    tdp_account_mmu_page,
    tdp_unaccount_mmu_page,
  },
});
