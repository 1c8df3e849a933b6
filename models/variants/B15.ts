import { variant } from '../catalogue/variant';

/** A pass zaps tables in dirty-logged slots, where no huge page can come back. */
export default variant({
  kind: 'defect',
  base: 'v6.2',
  source: 'fixed by eb298605705a (6.2)',
  expect: { violates: ['dirty-logged-tables-stay'], follows: ['huge-pages-return'] },
  kernel: { unaccounts_dirty_pages: false },
});
