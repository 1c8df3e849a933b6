import { variant } from '../catalogue/variant';
import { PG_LEVEL_4K } from '../world/world';

/**
 * Accounts a table only where `iter.level <= max_level`. On an exec fault max_level is 4K, and an SPTE of that level
 * never points to a table, so nothing is accounted.
 */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['to-zap-nonzero-when-splits-exist', 'stat-equals-splits'] },
  kernel: { tdp_mmu_accounts: (_fault, level) => level <= PG_LEVEL_4K },
});
