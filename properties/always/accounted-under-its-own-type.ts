import { KVM_TDP_MMU } from '../../models/kernel/types';
import type { ListAudit } from '../../models/lockstep/audit';
import { always, breach } from '../claim';

const TYPES = ['shadow', 'TDP'];

/** TYPE: a page is on its own MMU's list, and accounting it changes only its own MMU's counter. */
export default always("a page is accounted under its own MMU's type", ({ audit, kvm }) => {
  if (audit.lists.length === 1) return null;
  for (const { what, type, changes } of kvm.record.accountings) {
    for (let list = 0; list < changes.length; list++) {
      if (changes[list] === 0 || list === type) continue;
      return breach(`${what} of a ${TYPES[type]} page changes the ${TYPES[list]} counter`, 'its own');
    }
  }
  for (let list = 0; list < audit.lists.length; list++) {
    for (const { tdp_mmu_page, gfn } of (audit.lists[list] as ListAudit).pages) {
      if (tdp_mmu_page === (list === KVM_TDP_MMU)) continue;
      return breach(`a page at gfn ${gfn} is on the ${TYPES[list]} list`, 'on the list of its own type');
    }
  }
  return null;
});
