import { variant } from '../variant';

/** A table that has been zapped since it was published is listed all the same. */
export default variant({
  kind: 'defect',
  base: 'v6.2',
  source: 'mended by 21a36ac6b6c7 (6.2)',
  expect: { violates: ['pages-are-published-in-order', 'listed-pages-are-flagged-and-live'] },
  kernel: { still_to_be_tracked: () => true },
});
