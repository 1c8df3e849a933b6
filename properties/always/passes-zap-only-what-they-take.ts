import { after, breach } from '../claim';

/** TARGET: a pass removes the leaves of the tables it took, perhaps those of tables below them, and no others. */
export default after('pass', 'a pass zaps what it takes and nothing else', ({ kvm }) => {
  for (const { lists, leaves: gone, interrupted } of kvm.record.passes) {
    // Another thread may have removed leaves of these tables first.
    if (interrupted) continue;
    let at_least = 0;
    let at_most = 0;
    for (const { taken } of lists) {
      for (const { dirty, own_leaves, all_leaves } of taken) {
        // DIRTY judges whether a dirty-logged table is zapped.
        if (!dirty) at_least += own_leaves;
        at_most += all_leaves;
      }
    }
    if (gone < at_least || gone > at_most) return breach(`${gone} leaves gone`, `${at_least} to ${at_most}`);
  }
  return null;
});
