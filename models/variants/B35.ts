import { variant } from '../catalogue/variant';
import { kvm_mmu_zap_memslot } from '../kernel/memslots';

/** With KVM_X86_QUIRK_SLOT_ZAP_ALL off a slot's tables outlive it, on their lists. */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'splits outlive their slot: a pass finds no slot for them, and warns',
  since: '6.12',
  source: 'present in 6.12 to 7.3.4, seen on 6.12.118 and 7.3.4',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: { kvm_mmu_zap_memslot },
});
