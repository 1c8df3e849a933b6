import { ratio_asked } from '../asked';
import { after, breach, seen_by_userspace } from '../claim';

/**
 * RATE: of each list of n pages, a pass takes to_zap = ceil(n / ratio), or until the list is empty; at ratio 0 none.
 */
const claim = after('pass', 'a pass takes ceil(n / ratio) of each list', (view) => {
  const { kvm, audit, predictable } = view;
  for (const record of kvm.record.passes) {
    const { lists } = record;
    if (lists.length !== audit.lists.length) return breach(`${lists.length} lists walked`, `all ${audit.lists.length}`);
    const asked = predictable ? ratio_asked(view, record) : record.asked;
    if (lists.some(({ ratio }) => ratio !== asked))
      return breach(`a pass at ratio ${lists.map(({ ratio }) => ratio)}`, `ratio ${asked}`);
    for (const { list, ratio, to_zap, listed, taken, ran_dry } of lists) {
      const want = ratio ? Math.ceil(listed / ratio) : 0;
      const of = `ceil(${listed} / ${ratio}) of ${kvm.lists[list]?.name}`;
      if (to_zap !== want) return breach(`to_zap ${to_zap}`, `${want}, ${of}`);
      if (taken.length !== want && !ran_dry) return breach(`${taken.length} taken`, `${want}, ${of}`);
    }
  }
  return null;
});

/** Userspace sees how many splits are left; the pages that stay mapped show from which lists the pass took. */
export default seen_by_userspace(claim, ({ before, after, want, pass }) => {
  if (!after || !want || !pass) return null;
  const of = pass.splits.map((n) => `ceil(${n} / ${pass.ratio})`).join(' + ');
  const [taken, wanted] = [before.splits - after.splits, before.splits - want.splits];
  if (taken !== wanted) return breach(`${taken} taken`, `${wanted}, ${of}`);
  // Fewer leaves than expected in a dirty-logged slot: DIRTY judges that.
  if (pass.logged && (after.pages[0] ?? 0) < (want.pages[0] ?? 0)) return null;
  if (after.pages.every((n, i) => n === want.pages[i])) return null;
  const [left, right] = [after.pages.join('/'), want.pages.join('/')];
  return breach(`${taken} taken, but of other lists: ${left} pages stay mapped`, `${of}: ${right} stay`);
});
