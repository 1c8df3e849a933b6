import { gfn_to_memslot } from '../../models/kernel/memslots';
import { WRITE } from '../../models/kernel/spte';
import { is_nested, type Mmu } from '../../models/world/world';
import { always, breach, finding } from '../claim';
import { find_leaf } from '../leaves';

/**
 * RIGHTS: the leaf that a fault makes grants all it may: writes, but where a nested guest's hypervisor has a clean entry; execution,
 * but above 4K while the mitigation is on. And nothing is writable in a tree that is not.
 */
export default always('leaves grant what they should, and no more', (view) => {
  const { command, kvm } = view;
  const found = finding(view, 'RIGHTS', 'all that it may grant, and no more');
  if (found || kvm.record.faults === 0 || !is_nested(command.args['mmu'] as Mmu)) return found;
  const leaf = find_leaf(kvm, false, (sp, _level, gfn, _size, spte) => {
    return (spte & WRITE) !== 0 && (sp.role.access & WRITE) === 0 && gfn_to_memslot(kvm, gfn) !== null;
  });
  return leaf
    ? breach(`a writable leaf of level ${leaf.level} at gfn ${leaf.gfn} in a read-only table`, 'read-only')
    : null;
});
