import { standing_level } from '../../models/kernel/nx_huge_pages';
import { find } from '../../models/reference';
import { always, breach } from '../claim';

/** LEVEL: only a table that an exec fault built where a huge page was wanted is worth recovering. */
export default always('a listed page is a split', ({ audit, kvm, ref }) => {
  for (const { pages } of audit.lists) {
    for (const sp of pages) {
      const mmu = sp.role.guest_mode ? 'shadow' : 'tdp';
      const level = standing_level(kvm, sp);
      const table = find(ref, { mmu, level, page: Math.floor(sp.gfn / ref.world.fan_out) });
      if (table?.built !== 'split') return breach(`the page for gfn ${sp.gfn} (${mmu}, level ${level}) is listed`, 'off the list: no split');
    }
  }
  return null;
});
