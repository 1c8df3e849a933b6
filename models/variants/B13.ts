import { variant } from '../catalogue/variant';
import { link_then_account } from '../kernel/tdp_mmu_map';
import type { kvm_mmu_page } from '../kernel/types';

/**
 * A table joins tdp_mmu_pages only after it is published. A thread that zaps it before that removes it from a list that
 * it is not on.
 */
export default variant({
  kind: 'defect',
  base: 'v5.12',
  source: 'fixed in stable 5.15 (2023)',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: {
    *tdp_mmu_install_child(kvm, fault, sp, index, level) {
      const rest = link_then_account(kvm, fault, sp, index, level);
      rest.next();
      const child = kvm.sps.pop() as kvm_mmu_page;
      yield 'spte_published';
      kvm.sps.push(child);
      return yield* rest;
    },
  },
});
