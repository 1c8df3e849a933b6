import { variant } from '../catalogue/variant';
import { recover_two_lists } from '../kernel/patch_v1';

/** `flush` is read uninitialised when the loop makes no iteration. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['passes-flush-what-they-zap', 'primitives-are-used-rightly'] },
  kernel: { recover_nx_huge_pages: recover_two_lists('uninitialised') },
});
