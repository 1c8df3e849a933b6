import { KVM_TDP_MMU } from '../../models/kernel/types';
import type { ListAudit } from '../../models/lockstep/audit';
import { always, breach } from '../claim';

const TYPES = ['shadow', 'TDP'];

/** TYPE: the list a page is on, and the counter that changes for it, are those of the page's own MMU. */
export default always("a page is booked under its own MMU's type", ({ audit, kvm }) => {
  if (audit.lists.length === 1) return null;
  for (const { what, type, changes } of kvm.record.bookings) {
    for (let book = 0; book < changes.length; book++) {
      if (changes[book] === 0 || book === type) continue;
      return breach(`${what} of a ${TYPES[type]} page changes the ${TYPES[book]} counter`, 'its own');
    }
  }
  for (let book = 0; book < audit.lists.length; book++) {
    for (const { tdp_mmu_page, gfn } of (audit.lists[book] as ListAudit).pages) {
      if (tdp_mmu_page === (book === KVM_TDP_MMU)) continue;
      return breach(`a page at gfn ${gfn} is on the ${TYPES[book]} list`, 'on the list of its own type');
    }
  }
  return null;
});
