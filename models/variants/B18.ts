import { variant } from '../catalogue/variant';
import { kvm_mmu_zap_all_fast } from '../kernel/memslots';

/** A toggle zaps all without slots_lock: beside a memslot update the one-bit generation comes round to what it was. */
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
