import { is_current_sp } from '../../models/kernel/sp';
import { always, breach } from '../claim';

/** FLAG (from 6.2): nx_huge_page_disallowed is set on the tables that an exec fault built, and on no others. */
export default always('a table is flagged if and only if an exec fault built it', ({ quiescent, kvm, ref }) => {
  if (!quiescent || ref.contract.any_table_keeps_region_small) return null;
  for (const sp of kvm.sps) {
    if (sp.nx_huge_page_disallowed === (sp.built !== 'plain') || sp.is_root || !is_current_sp(kvm, sp)) continue;
    return sp.built === 'plain'
      ? breach(`the table at gfn ${sp.gfn} is flagged`, 'not flagged: no exec fault needs it')
      : breach(`the table at gfn ${sp.gfn} is not flagged`, 'flagged: an exec fault built it');
  }
  return null;
});
