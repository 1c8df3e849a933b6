import { tree_of } from '../../models/kernel/sp';
import { splits_eagerly } from '../../models/spec/dirty_log';
import { after, breach, seen_by_userspace } from '../claim';
import { find_leaf } from '../leaves';

/**
 * DIRTY: where huge pages are split for dirty logging (5.18), no page is mapped huge whose dirty bit was cleared. The guest
 * would pay for the split, at its next write.
 */
const claim = after('logging', 'clearing a dirty bit splits the huge page above it', ({ kvm, ref, predictable }) => {
  const cleared = kvm.record.log_cleared;
  if (!cleared || !predictable) return null;
  const { start, end } = cleared;
  const huge = find_leaf(kvm, false, (sp, level, gfn, size) => {
    return level > 1 && gfn < end && gfn + size > start && splits_eagerly(ref, tree_of(sp));
  });
  return huge ? breach(`a leaf of level ${huge.level} at gfn ${huge.gfn}`, 'leaves of 4K') : null;
});

/** Userspace sees more huge pages than there should be. */
export default seen_by_userspace(claim, ({ command, after, want }) => {
  if (command.name !== 'clear_dirty_log' || !after || !want) return null;
  const [, have_2m, have_1g] = after.pages;
  const [, want_2m, want_1g] = want.pages;
  if (have_2m <= want_2m && have_1g <= want_1g) return null;
  return breach(`${have_2m} pages of 2M, ${have_1g} of 1G`, `${want_2m} and ${want_1g}: the page is split`);
});
