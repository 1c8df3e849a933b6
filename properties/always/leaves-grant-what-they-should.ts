import type { Breach } from '../../harness/run/property';
import { is_leaf, spte_gfn, WRITE } from '../../models/kernel/spte';
import type { Kvm } from '../../models/kernel/types';
import { is_nested, type Mmu } from '../../models/world/world';
import { after, breach, finding } from '../claim';

/**
 * RIGHTS: the leaf that a fault makes grants all that it may. It grants writes, unless the entry of a nested guest's
 * hypervisor is clean. It grants execution, unless it is above 4K and the mitigation is on. And nothing is writable in
 * a table whose role grants no writes.
 */
export default after('access', 'leaves grant what they should, and no more', (view) => {
  const { command, kvm } = view;
  const found = finding(view, 'RIGHTS', 'all that it may grant, and no more');
  if (found || kvm.record.faults === 0 || !is_nested(command.args['mmu'] as Mmu)) return found;
  return writable_in_a_read_only_tree(kvm);
});

/** Most tables may grant writes: their leaves are not checked. */
function writable_in_a_read_only_tree(kvm: Kvm): Breach | null {
  for (const sp of kvm.sps) {
    if (sp.role.access & WRITE) continue;
    const { level } = sp.role;
    const index = sp.spt.findIndex((spte) => is_leaf(spte, level) && (spte & WRITE) !== 0);
    if (index < 0) continue;
    const gfn = spte_gfn(kvm.world.fan_out, sp, level, index);
    return breach(`a writable leaf of level ${level} at gfn ${gfn} in a read-only table`, 'read-only');
  }
  return null;
}
