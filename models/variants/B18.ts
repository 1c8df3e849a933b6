import { variant } from '../catalogue/variant';
import { kvm_mmu_zap_all_fast } from '../kernel/memslots';

/**
 * Switching nx_huge_pages zaps all without slots_lock. A concurrent memslot update then flips the one-bit generation a
 * second time, back to its old value.
 */
export default variant({
  kind: 'defect',
  base: 'v5.5',
  source: 'draft of the mitigation, November 2019',
  expect: {
    violates: ['locks-are-held', 'toggling-drains-all-lists', 'leaves-fit-their-slots'],
    follows: ['no-executable-huge-leaf', 'nothing-reachable-unflushed'],
  },
  kernel: { zap_all_on_toggle: kvm_mmu_zap_all_fast },
});
