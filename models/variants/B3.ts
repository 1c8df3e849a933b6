import { variant } from '../catalogue/variant';

/** The zap of a TDP page may drop mmu_lock, while shadow pages that the pass has zapped are not flushed yet. */
export default variant({
  kind: 'defect',
  base: 'v5.10',
  source: 'fixed by 33a3164161fc (5.12)',
  // The page may be gone when the lock is back, and its range somebody else's.
  expect: { violates: ['nothing-reachable-unflushed'], follows: ['primitives-are-used-rightly'] },
  kernel: { tdp_zap_may_yield: true },
});
