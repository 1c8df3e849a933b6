import { variant } from '../catalogue/variant';
import { account_nx_huge_page } from '../kernel/nx_huge_pages';
import { flag_link_track } from '../kernel/tdp_mmu_map';

/**
 * 6.2 and 6.3: every table that an exec fault built is flagged; only tables that a huge page could replace are listed.
 */
export default variant({
  kind: 'baseline',
  base: 'v6.1',
  source: '6.2 and 6.3, with every defect found later fixed',
  expect: 'conforms',
  contract: {
    any_table_keeps_region_small: false,
    exec_splits_huge_leaf: true,
    dirty_tables_stay: true,
  },
  kernel: {
    lists: ['possible_nx_huge_pages'],
    keeps_region_small: (sp) => sp.nx_huge_page_disallowed,
    tdp_mmu_install_child: flag_link_track,
    still_to_be_tracked: (sp) => sp.nx_huge_page_disallowed,
    account_nx_huge_page,
    unaccounts_dirty_pages: true,
  },
});
