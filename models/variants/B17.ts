import { variant } from '../catalogue/variant';

/**
 * This draft of the computed period has no lower bound: at a ratio above 3600000 the period is 0, and the worker never
 * sleeps.
 */
export default variant({
  kind: 'defect',
  base: 'v5.18',
  source: 'draft of nx_huge_pages_recovery_period_ms, never merged',
  expect: { violates: ['passes-come-when-due', 'primitives-are-used-rightly'] },
  kernel: {
    recovery_period({ params: { nx_huge_pages, recovery_ratio, recovery_period_ms } }) {
      if (!nx_huge_pages || recovery_ratio === 0) return null;
      return recovery_period_ms || Math.floor(3_600_000 / recovery_ratio);
    },
  },
});
