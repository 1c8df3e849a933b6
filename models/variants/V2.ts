import { variant } from '../catalogue/variant';
import { INIT_LIST_HEAD } from '../kernel/list';
import { KVM_SHADOW_MMU } from '../kernel/types';

/**
 * The TDP MMU's list head is zeroed, never initialised: the list seems not to be empty, and its first entry is NULL.
 */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: {
    init_list(head, list) {
      if (list === KVM_SHADOW_MMU) INIT_LIST_HEAD(head);
    },
  },
});
