import type { Breach } from '../../harness/run/property';
import type { PassRecord, Taken } from '../../models/kernel/types';
import type { View } from '../../models/lockstep/session';
import { after, breach } from '../claim';

/**
 * TARGET: a pass zaps all tables that it took, perhaps the tables below them, and nothing else. A table that another
 * CPU zapped in between is gone already, and the pass must not zap what has replaced it.
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
      return breach(
        `the table at gfn ${one.gfn}, level ${one.level} (${one.mmu}) was taken and still exists`,
        'zapped',
      );
    }
  }
  return null;
}

/** Another claim judges whether a dirty-logged table is zapped. */
const may_stay = ({ dirty, mmu }: Taken, { contract }: View['ref']): boolean =>
  contract.dirty_tables_stay && (dirty || (mmu === 'smm' && !contract.slots_by_address_space));

/** Compares the number of zapped leaves. If others ran in between, they may have removed or added some. */
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
