import { after, breach, seen_by_userspace } from '../claim';

/**
 * DIRTY (from 6.2): a dirty-logged region cannot become huge, so a pass unaccounts its tables and does not zap them.
 */
const claim = after('pass', 'a pass leaves tables in dirty-logged slots standing', ({ kvm, ref }) => {
  if (!ref.contract.dirty_tables_stay) return null;
  for (const { lists } of kvm.record.passes) {
    for (const { taken } of lists) {
      for (const { mmu, gfn, dirty, zapped } of taken) {
        if (mmu === 'smm' && !ref.contract.slots_by_address_space) continue;
        // If another CPU zapped it, the pass did not.
        if (dirty && zapped)
          return breach(`the pass zapped the dirty-logged table for gfn ${gfn} (${mmu})`, 'left standing');
      }
    }
  }
  return null;
});

/** Userspace sees the leaves of a table that a pass zapped disappear, though as many splits are gone as should be. */
export default seen_by_userspace(claim, ({ after, want, pass }) => {
  if (!after || !want || !pass?.logged || after.splits !== want.splits) return null;
  const [have, wanted] = [after.pages[0] ?? 0, want.pages[0] ?? 0];
  return have < wanted
    ? breach(`a pass left ${have} leaves of 4K`, `${wanted}: tables in dirty-logged slots stay`)
    : null;
});
