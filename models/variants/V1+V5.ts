import { variant } from '../catalogue/variant';
import v1 from './V1';
import v5 from './V5';

/** V1 and V5 together. V5 keeps TDP pages off the list, so to_zap would still be 0 if V1 alone were fixed. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['to-zap-nonzero-when-splits-exist', 'stat-equals-splits', 'passes-take-their-share'] },
  kernel: { ...v1.kernel, ...v5.kernel },
});
