import { variant } from '../catalogue/variant';
import { PG_LEVEL_4K } from '../world/world';

/** Accounts where `iter.level <= max_level`: max_level is 4K on an exec fault, and no table hangs below that. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['to-zap-nonzero-when-splits-exist', 'stat-equals-splits'] },
  kernel: { tdp_mmu_accounts: (_fault, level) => level <= PG_LEVEL_4K },
});
