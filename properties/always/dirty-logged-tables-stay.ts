import { after, breach } from '../claim';

/** DIRTY (from 6.2): a page in a dirty-logged slot cannot become huge; a pass unaccounts it and lets it stand. */
export default after('pass', 'a pass leaves tables in dirty-logged slots standing', ({ kvm, ref }) => {
  if (!ref.contract.dirty_tables_stay) return null;
  for (const { lists, interrupted } of kvm.record.passes) {
    if (interrupted) continue;
    for (const { taken } of lists) {
      for (const { mmu, level, gfn, dirty } of taken) {
        const stands = kvm.sps.some((sp) => {
          return sp.gfn === gfn && sp.role.level === level && sp.role.guest_mode === (mmu === 'shadow');
        });
        if (dirty && !stands)
          return breach(`the pass zapped the dirty-logged table for gfn ${gfn} (${mmu})`, 'left standing');
      }
    }
  }
  return null;
});
