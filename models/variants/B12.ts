import { variant } from '../catalogue/variant';

/** A table is listed even if another thread has zapped it since it was published. */
export default variant({
  kind: 'defect',
  base: 'v6.2',
  source: 'fixed by 21a36ac6b6c7 (6.2)',
  expect: {
    violates: ['pages-are-published-in-order', 'listed-pages-are-flagged-and-live', 'stat-equals-splits'],
    follows: [
      'primitives-are-used-rightly',
      'listed-pages-are-splits',
      'toggling-drains-all-lists',
      'dirty-logged-tables-stay',
      'nothing-is-left-of-a-vm',
    ],
  },
  kernel: { still_to_be_tracked: () => true },
});
