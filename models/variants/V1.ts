import { variant } from '../catalogue/variant';
import { to_zap } from '../kernel/nx_pass';
import { KVM_SHADOW_MMU } from '../kernel/types';

/** The bug of 2020: to_zap is computed from the shadow MMU's counter, which the TDP MMU never changes. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['to-zap-nonzero-when-splits-exist', 'passes-take-their-share'] },
  kernel: { to_zap: (kvm, _book, ratio) => to_zap(kvm, KVM_SHADOW_MMU, ratio) },
});
