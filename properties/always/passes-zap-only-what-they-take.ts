import type { Breach } from '../../harness/run/property';
import type { PassRecord, Taken } from '../../models/kernel/types';
import type { View } from '../../models/lockstep/session';
import { after, breach } from '../claim';

/**
 * TARGET: a pass zaps the tables that it took (and perhaps those below), all of them, and nothing else. What another CPU zapped in
 * between is gone already; what has taken its place is not the pass's.
 */
export default after('pass', 'a pass zaps what it takes and nothing else', (view) => {
  const { strays, passes } = view.kvm.record;
  for (const { mmu, level, gfn, in_range } of strays) {
    if (in_range && view.ref.contract.recovery_zaps_ranges) continue;
    return breach(`a pass zaps what stands at gfn ${gfn}, level ${level} (${mmu})`, 'what it took, or what is below');
  }
  for (const pass of passes) {
    const wrong = left_standing(view, pass) ?? wrong_number(pass);
    if (wrong) return wrong;
  }
  return null;
});

function left_standing({ kvm, ref }: View, { lists }: PassRecord): Breach | null {
  for (const { taken } of lists) {
    for (const one of taken) {
      if (one.zapped || one.freed || may_stay(one, ref) || !kvm.sps.includes(one.page)) continue;
      return breach(`the table at gfn ${one.gfn}, level ${one.level} (${one.mmu}) was taken and stands`, 'zapped');
    }
  }
  return null;
}

/** Whether a dirty-logged table goes is for another claim to say. */
const may_stay = ({ dirty, mmu }: Taken, { contract }: View['ref']): boolean =>
  contract.dirty_tables_stay && (dirty || (mmu === 'smm' && !contract.slots_by_address_space));

/** Leaves that are gone. Where others ran in between they may have taken some of them, or added some. */
function wrong_number({ lists, leaves: gone, interrupted }: PassRecord): Breach | null {
  if (interrupted) return null;
  let at_least = 0;
  let at_most = 0;
  for (const { taken } of lists) {
    for (const { dirty, own_leaves, all_leaves } of taken) {
      if (!dirty) at_least += own_leaves;
      at_most += all_leaves;
    }
  }
  return gone < at_least || gone > at_most ? breach(`${gone} leaves gone`, `${at_least} to ${at_most}`) : null;
}
