import { variant } from '../catalogue/variant';
import { link_then_account } from '../kernel/tdp_mmu_map';

/**
 * 5.12 to 5.15: mmu_lock is an rwlock, which TDP faults hold for read. A page is accounted after it is published. Where a
 * dirty log begins with all pages dirty, huge pages are protected when a bit is cleared (from 5.13 on).
 */
export default variant({
  kind: 'baseline',
  base: 'v5.10',
  source: '5.12 to 5.15, with every defect found later fixed',
  expect: 'conforms',
  contract: { huge_pages_protected_when_cleared: true },
  kernel: {
    mmu_lock_is_rwlock: true,
    tdp_mmu_install_child: link_then_account,
    protects_huge_pages_when_cleared: true,
  },
});
