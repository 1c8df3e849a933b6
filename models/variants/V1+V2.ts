import { variant } from '../catalogue/variant';
import v1 from './V1';
import v2 from './V2';

/**
 * V1 and V2 together. The uninitialised list is hit by the first TDP split, or by a pass over it whose to_zap counts
 * nested splits.
 */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: { ...v1.kernel, ...v2.kernel },
});
