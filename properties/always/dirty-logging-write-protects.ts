import { gfn_to_memslot } from '../../models/kernel/memslots';
import { kvm_mmu_page_as_id } from '../../models/kernel/sp';
import { WRITE } from '../../models/kernel/spte';
import { after, breach } from '../claim';
import { find_leaf } from '../leaves';

/**
 * DIRTY: once dirty logging has started, nothing in the slot is writable, so the first write to each page is seen. So it is
 * with pages whose dirty bits were cleared. A log that begins with all pages dirty protects none at first.
 */
export default after('logging', 'dirty logging begins with nothing writable', ({ kvm, predictable }) => {
  const { logging_began, log_cleared } = kvm.record;
  const slot = logging_began ?? log_cleared?.slot;
  if (!slot || !predictable) return null;
  const { start, end } = log_cleared ?? { start: slot.base_gfn, end: slot.base_gfn + slot.npages };
  const writable = find_leaf(kvm, false, (sp, _level, gfn, size, spte) => {
    const inside = gfn < end && gfn + size > start;
    return (spte & WRITE) !== 0 && inside && gfn_to_memslot(kvm, gfn, kvm_mmu_page_as_id(sp)) === slot;
  });
  return writable ? breach(`a writable leaf at gfn ${writable.gfn}`, 'write-protected') : null;
});
