import { after, breach } from '../claim';

/**
 * DIRTY (from 6.2): a dirty-logged region cannot become huge, so a pass unaccounts its tables and does not zap them.
 */
export default after('pass', 'a pass leaves tables in dirty-logged slots standing', ({ kvm, ref }) => {
  if (!ref.contract.dirty_tables_stay) return null;
  for (const { lists } of kvm.record.passes) {
    for (const { taken } of lists) {
      for (const { mmu, gfn, dirty, zapped } of taken) {
        if (mmu === 'smm' && !ref.contract.slots_by_address_space) continue;
        // One that another CPU has zapped is none of the pass's.
        if (dirty && zapped)
          return breach(`the pass zapped the dirty-logged table for gfn ${gfn} (${mmu})`, 'left standing');
      }
    }
  }
  return null;
});
