import { variant } from '../catalogue/variant';
import { account_nx_huge_page } from '../kernel/nx_huge_pages';

/**
 * Calls account_nx_huge_page() again when a page is linked a second time. This is no defect: a patch of August 2022
 * would have warned of it, and was dropped. A property that this variant violates is wrong.
 */
export default variant({
  kind: 'baseline',
  base: 'v6.18',
  source: 'the false alarm of a patch of August 2022, dropped',
  expect: 'conforms',
  kernel: {
    account_nx_huge_page(kvm, sp, nx_huge_page_possible) {
      account_nx_huge_page(kvm, sp, nx_huge_page_possible);
      if (sp.parent_ptes.length > 1) account_nx_huge_page(kvm, sp, nx_huge_page_possible);
    },
  },
});
