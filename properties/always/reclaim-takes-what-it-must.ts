import type { Breach } from '../../harness/run/property';
import { n_used_mmu_pages } from '../../models/kernel/mmu_limit';
import type { Room } from '../../models/kernel/types';
import type { View } from '../../models/lockstep/session';
import { always, breach, finding } from '../claim';

/**
 * LIMIT: there are never more shadow pages than the limit, and reclaim takes no more than necessary: without the pages
 * of the age that went last (and those that lost their last parent by that), too few would have gone. Which pages go is
 * not promised.
 */
export default always('reclaim takes as many shadow pages as it must, and no more', (view) => {
  const { command, kvm, ref } = view;
  const { rooms, findings } = kvm.record;
  if (rooms.length === 0 && findings.length === 0 && command.name !== 'nr_mmu_pages') return null;
  for (const room of rooms) {
    const wrong = wrong_number(room, needed(view, room));
    if (wrong) return wrong;
  }
  const used = command.name === 'nr_mmu_pages' ? n_used_mmu_pages(kvm) : 0;
  if (used > ref.mmu_pages) return breach(`${used} shadow pages exist`, `${ref.mmu_pages} at most`);
  return finding(view, 'LIMIT', 'room for one at least');
});

/**
 * How many pages must go: those that the host asks for, those above a new limit, or as many as it takes to make room
 * for one.
 */
function needed({ ref }: View, { command, had }: Room): number {
  if (command?.name === 'reclaim') return Number(command.args['pages']);
  return had - (command?.name === 'nr_mmu_pages' ? ref.mmu_pages : ref.mmu_pages - 1);
}

function wrong_number({ had, taken, at_once }: Room, needed: number): Breach | null {
  const want = Math.max(0, Math.min(needed, had));
  if (taken < want) return breach(`${taken} of ${had} shadow pages are taken`, `${want} at least`);
  const more = needed <= 0 ? taken > 0 : taken - at_once >= needed;
  return more ? breach(`${taken} of ${had} shadow pages are taken`, `no more than it takes to remove ${want}`) : null;
}
