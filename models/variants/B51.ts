import { variant } from '../catalogue/variant';
import { warns_of_any_page } from '../kernel/nx_recovery';

/**
 * A TDP pass holds mmu_lock for read. Between its taking a page and its asking for the page's slot, another task may zap the
 * page and remove or move the slot: the pass finds no slot, and warns. SRCU makes that task wait only after the slot has gone.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a pass warns of a page that was zapped, with its slot, after the pass had taken it',
  since: '6.18',
  source: 'kvm_recover_nx_huge_pages(), mmu.c, 6.18 to 7.3; from reading',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: { warns_without_slot: warns_of_any_page },
});
