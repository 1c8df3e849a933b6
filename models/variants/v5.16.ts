import { variant } from '../catalogue/variant';
import { calc_nx_huge_pages_recovery_period } from '../kernel/worker';

/**
 * 5.16 and 5.17: the period is a parameter, or computed from the ratio. Recovery still zaps a TDP page by its range.
 */
export default variant({
  kind: 'baseline',
  base: 'v5.12',
  source: '5.16 and 5.17, with every defect found later fixed',
  expect: 'conforms',
  contract: { period_follows_ratio: true },
  kernel: { recovery_period: calc_nx_huge_pages_recovery_period },
});
