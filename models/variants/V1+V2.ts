import { variant } from '../catalogue/variant';
import v1 from './V1';
import v2 from './V2';

/** The pair: the uninitialised list is met by the first TDP split, or by a pass that counts nested ones. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: { ...v1.kernel, ...v2.kernel },
});
