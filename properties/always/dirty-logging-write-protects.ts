import { gfn_to_memslot } from '../../models/kernel/memslots';
import { kvm_mmu_page_as_id } from '../../models/kernel/sp';
import { WRITE } from '../../models/kernel/spte';
import { after, breach } from '../claim';
import { leaves } from '../leaves';

/** DIRTY: when logging begins nothing in the slot is writable any more, so that the first write to each page is seen. */
export default after('logging', 'dirty logging begins with nothing writable', ({ kvm, undisturbed }) => {
  const slot = kvm.record.logging_began;
  if (!slot || !undisturbed) return null;
  const writable = leaves(kvm, false).find(({ sp, gfn, spte }) => {
    return spte & WRITE && gfn_to_memslot(kvm, gfn, kvm_mmu_page_as_id(sp)) === slot;
  });
  return writable ? breach(`a writable leaf at gfn ${writable.gfn}`, 'write-protected') : null;
});
