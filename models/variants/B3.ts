import { variant } from '../catalogue/variant';

/** The zap of a TDP page may drop mmu_lock before the shadow pages that the pass has zapped are flushed. */
export default variant({
  kind: 'defect',
  base: 'v5.10',
  source: 'fixed by 33a3164161fc (5.12)',
  // When the lock is taken again, the page may be freed, and another table may map its range.
  expect: { violates: ['nothing-reachable-unflushed'], follows: ['primitives-are-used-rightly'] },
  kernel: { tdp_zap_may_yield: true },
});
