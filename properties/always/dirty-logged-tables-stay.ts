import { tree_of } from '../../models/kernel/sp';
import { after, breach } from '../claim';

/**
 * DIRTY (from 6.2): a dirty-logged region cannot become huge, so a pass unaccounts its tables and does not zap them.
 */
export default after('pass', 'a pass leaves tables in dirty-logged slots standing', ({ kvm, ref }) => {
  if (!ref.contract.dirty_tables_stay) return null;
  for (const { lists, interrupted } of kvm.record.passes) {
    if (interrupted) continue;
    for (const { taken } of lists) {
      for (const { mmu, level, gfn, dirty } of taken) {
        if (mmu === 'smm' && !ref.contract.slots_by_address_space) continue;
        const stands = kvm.sps.some((sp) => {
          return sp.gfn === gfn && sp.role.level === level && tree_of(sp) === mmu;
        });
        if (dirty && !stands)
          return breach(`the pass zapped the dirty-logged table for gfn ${gfn} (${mmu})`, 'left standing');
      }
    }
  }
  return null;
});
