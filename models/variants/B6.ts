import { variant } from '../catalogue/variant';
import { account_huge_nx_page } from '../kernel/nx_huge_pages';

/** Every table on the path of an exec fault is accounted, even where no huge page was possible. */
export default variant({
  kind: 'defect',
  base: 'v5.5',
  source: 'fixed by 5bcaf3e1715f (5.10)',
  expect: { violates: ['listed-pages-are-splits', 'stat-equals-splits', 'huge-pages-return'] },
  kernel: { account_nx_huge_page: (kvm, sp) => account_huge_nx_page(kvm, sp, true) },
});
