import { variant } from '../catalogue/variant';
import { account_nx_huge_page } from '../kernel/nx_huge_pages';

/**
 * Accounts a page again that is found in the hash and linked a second time. No defect: a patch of August 2022 would have
 * warned of that, and was dropped. A claim that this variant breaks is wrong.
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
