import { variant } from '../catalogue/variant';

/** A table is flagged only after it is published. In between, another vCPU may put a huge leaf in its place. */
export default variant({
  kind: 'defect',
  base: 'v6.2',
  source: 'fixed by 61f94478547b (6.2)',
  expect: {
    violates: [
      'pages-are-published-in-order',
      'no-huge-leaf-over-a-flagged-table',
      'listed-pages-are-flagged-and-live',
      'stat-equals-splits',
    ],
    follows: [
      'primitives-are-used-rightly',
      'listed-pages-are-splits',
      'toggling-drains-all-lists',
      'dirty-logged-tables-stay',
      'nothing-is-left-of-a-vm',
    ],
  },
  kernel: { flags_before_publishing: false },
});
