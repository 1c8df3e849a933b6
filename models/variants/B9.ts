import { variant } from '../variant';

/** A table is flagged after it is published: another vCPU may have put a huge leaf in its place by then. */
export default variant({
  kind: 'defect',
  base: 'v6.2',
  source: 'mended by 61f94478547b (6.2)',
  expect: { violates: ['pages-are-published-in-order', 'no-huge-leaf-over-a-flagged-table'] },
  kernel: { flags_before_publishing: false },
});
