import { gfn_to_memslot } from '../../models/kernel/memslots';
import type { Kvm } from '../../models/kernel/types';
import { after, breach } from '../claim';
import { find_leaf } from '../leaves';

/** HOST: no table maps memory that the host has taken back, not even a table that is being torn down. */
export default after('invalidation', 'memory that the host has taken back is mapped nowhere', ({ command, kvm }) => {
  if (command.name !== 'invalidate' && command.name !== 'invalidate_4k') return null;
  // A prefault that had begun has gone on since, and has mapped memory anew.
  if (kvm.record.faults > 0) return null;
  const small = command.name === 'invalidate_4k';
  const [start, end] = taken_back(kvm, Number(command.args['page']), small ? Number(command.args['offset']) : null);
  const left = find_leaf(kvm, true, (_sp, _level, gfn, size) => gfn < end && gfn + size > start);
  return left ? breach(`a leaf of level ${left.level} at gfn ${left.gfn}`, 'none') : null;
});

/** The gfns [start, end) that the host takes back. It takes a 1G page of hugetlbfs back as a whole or not at all. */
function taken_back(kvm: Kvm, page: number, offset: number | null): [number, number] {
  const { fan_out } = kvm.world;
  const gfn = page * fan_out + (offset ?? 0);
  const slot = gfn_to_memslot(kvm, gfn);
  if (!slot || (offset !== null && slot.backing === '1g')) return [0, 0];
  if (offset !== null) return [gfn, gfn + 1];
  const size = slot.backing === '1g' ? fan_out * fan_out : fan_out;
  const start = gfn - ((gfn - slot.base_gfn) % size);
  return [start, Math.min(start + size, slot.base_gfn + slot.npages)];
}
