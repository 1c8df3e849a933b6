import { variant } from '../catalogue/variant';
import { shadow_mmu_split_huge_page } from '../kernel/shadow_split';

/** The shadow MMU's leaves are counted by who maps them, and whoever splits a huge page for dirty logging forgets it. */
export default variant({
  kind: 'defect',
  base: 'v6.1',
  title: 'the leaves of a nested huge page that is split for dirty logging are not counted',
  source: 'what 81cb4657e9f0 (6.0) forestalls: it counts where the reverse map is filled; no kernel had it',
  expect: { violates: ['page-stats-count-leaves'] },
  kernel: {
    shadow_mmu_split_huge_page(kvm, sp, index, level) {
      const { pages } = kvm.stat;
      const below = (level - 2) as 0 | 1;
      const before = pages[below];
      const child = shadow_mmu_split_huge_page(kvm, sp, index, level);
      pages[below] = before;
      return child;
    },
  },
});
