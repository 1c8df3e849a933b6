import { has_diverged, place_of } from '../../models/lockstep/divergence';
import { find } from '../../models/spec/tables';
import { always, breach } from '../claim';

/**
 * LEVEL: a listed page is a table that an exec fault built where a huge page was possible: only these can be recovered.
 */
export default always('a listed page is a split', ({ audit, quiescent, divergence, kvm, ref }) => {
  if (!quiescent) return null;
  for (const { pages } of audit.lists) {
    for (const sp of pages) {
      const place = place_of(kvm, sp);
      if (find(ref, place)?.built === 'split' || has_diverged(divergence, place)) continue;
      const { mmu, level } = place;
      return breach(`the page for gfn ${sp.gfn} (${mmu}, level ${level}) is listed`, 'off the list: no split');
    }
  }
  return null;
});
