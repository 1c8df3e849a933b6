import { variant } from '../catalogue/variant';
import { account_nx_huge_page } from '../kernel/nx_huge_pages';

/**
 * A table that an exec fault builds is flagged only where a huge page is wanted. Elsewhere a later fault may replace
 * the table by a huge leaf.
 */
export default variant({
  kind: 'defect',
  base: 'v6.2',
  source: 'fixed by 428e921611bc (6.2)',
  expect: {
    violates: ['no-huge-leaf-over-a-flagged-table', 'pages-are-published-in-order', 'flags-mark-exec-faults'],
    follows: ['listed-pages-are-splits', 'stat-equals-splits', 'huge-pages-return'],
  },
  kernel: {
    flags_table: ({ huge_page_disallowed, req_level }, level) => huge_page_disallowed && req_level >= level,
    account_nx_huge_page(kvm, sp, possible) {
      if (possible) account_nx_huge_page(kvm, sp, possible);
    },
  },
});
