import { variant } from '../catalogue/variant';

const V5 = 'V5 keeps TDP pages off the list';

/** The patch as posted. V5 keeps TDP pages off the list, and so hides V7 and V9. */
export default variant({
  kind: 'shipped',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  defects: ['V1', 'V5', 'V6', 'V2', 'V4', 'V7', 'V9+B31'],
  hidden: {
    'passes-take-their-share': 'V2: a pass over the TDP list crashes, instead of taking too much',
    'stat-is-the-sum-of-counters': V5,
    'listed-pages-are-flagged-and-live': V5,
    'listed-pages-are-splits': V5,
    'toggling-drains-all-lists': V5,
  },
});
