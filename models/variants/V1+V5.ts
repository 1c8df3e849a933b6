import { variant } from '../catalogue/variant';
import v1 from './V1';
import v5 from './V5';

/** The pair: V5 keeps pages off the list, so that fixing to_zap alone would still give 0. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['to-zap-nonzero-when-splits-exist', 'stat-equals-splits', 'passes-take-their-share'] },
  kernel: { ...v1.kernel, ...v5.kernel },
});
