import { variant } from '../catalogue/variant';
import { is_shadow_present_pte } from '../kernel/spte';

/** A prefault that finds a table where a huge page has become possible takes it for what it would have mapped, and answers that all is mapped. */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a prefault leaves a table in place that a huge page could replace, and answers that all is mapped',
  since: '6.13 (6385d01eec16)',
  source: 'fixed by ea9fcdf76d3d (6.16); from reading',
  expect: {
    violates: ['prefaults-answer-what-they-did'],
    follows: ['huge-pages-return'],
  },
  kernel: { is_spurious_prefault: is_shadow_present_pte },
});
