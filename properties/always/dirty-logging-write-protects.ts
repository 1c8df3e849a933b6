import { gfn_to_memslot } from '../../models/kernel/memslots';
import { kvm_mmu_page_as_id } from '../../models/kernel/sp';
import { WRITE } from '../../models/kernel/spte';
import { after, breach } from '../claim';
import { find_leaf } from '../leaves';

/** DIRTY: once dirty logging has started, nothing in the slot is writable, so the first write to each page is seen. */
export default after('logging', 'dirty logging begins with nothing writable', ({ kvm, predictable }) => {
  const slot = kvm.record.logging_began;
  if (!slot || !predictable) return null;
  const writable = find_leaf(kvm, false, (sp, _level, gfn, _size, spte) => {
    return (spte & WRITE) !== 0 && gfn_to_memslot(kvm, gfn, kvm_mmu_page_as_id(sp)) === slot;
  });
  return writable ? breach(`a writable leaf at gfn ${writable.gfn}`, 'write-protected') : null;
});
