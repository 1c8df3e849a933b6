import { variant } from '../catalogue/variant';
import { kvm_mmu_try_split_huge_pages } from '../kernel/dirty_log';

/**
 * Where a log begins with all pages dirty, the range to be split ends before the last page whose dirty bit is cleared. If
 * that is the only one, and the first of its region, nothing is split.
 */
export default variant({
  kind: 'defect',
  base: 'v6.1',
  title: 'clearing one dirty bit leaves the huge page above it whole',
  since: '5.18',
  source: 'fixed by 1aa4bb916808 (6.8); seen on 6.1.192',
  expect: { violates: ['cleared-pages-are-small'] },
  kernel: {
    kvm_mmu_try_split_huge_pages: (kvm, slot, start, end) => kvm_mmu_try_split_huge_pages(kvm, slot, start, end - 1),
  },
});
