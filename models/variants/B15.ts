import { variant } from '../catalogue/variant';

/** A pass zaps tables in dirty-logged slots, although no huge page can replace them while logging is on. */
export default variant({
  kind: 'defect',
  base: 'v6.2',
  source: 'fixed by eb298605705a (6.2)',
  expect: {
    violates: ['dirty-logged-tables-stay'],
    follows: ['listed-pages-are-splits', 'stat-equals-splits', 'huge-pages-return'],
  },
  kernel: { unaccounts_dirty_pages: false },
});
