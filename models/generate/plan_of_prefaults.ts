import { backed_level, type Reference, slot_at } from '../spec/reference';
import { address_space, is_nested, type Mmu } from '../world/world';
import type { Step } from './interleaving_templates';

/**
 * Userspace has a page mapped: while its slot is on its way out; or, without pauses, once all that was mapped is zapped and before the
 * vCPU runs again, or where a table stands in which nothing is mapped any more.
 */
export function map_in_advance(
  ref: Reference,
  target: { readonly mmu: Mmu; readonly region: number },
  with_pauses: boolean,
): Step[] {
  const mmu = is_nested(target.mmu) ? 'tdp' : target.mmu;
  const page = target.region;
  const here = slot_at(ref, page, address_space(mmu));
  if (!here || !ref.contract.has_pre_fault_memory) return [];
  const slot = ref.slots.indexOf(here);
  const step = (name: string, args: Step['args']): Step => ({ name, args });
  const prefault = step('prefault', { mmu, page, offset: 0, vcpu: 0 });
  const read = step('guest_read', { mmu, page, offset: 0, vcpu: 0 });
  if (with_pauses) {
    const goes = ['delete_slot', 'delete_slot', 'move_slot', 'recreate_slot'][page % 4] as string;
    const to = here.region === ref.world.slots[slot]?.home ? 'away' : 'home';
    const go_on = step('resume', { thread: 'memslots', vcpu: 0, pause: 0 });
    return [read, step(goes, goes === 'move_slot' ? { slot, to, pause: 1 } : { slot, pause: 1 }), prefault, go_on];
  }
  if (ref.tables_ever % 2 === 0) return [prefault, step('recreate_slot', { slot }), prefault];
  if (here.dirty_log || backed_level(ref, here, page) !== 2) return [];
  return [step('invalidate_4k', { page, offset: 0 }), read, step('invalidate', { page }), prefault];
}
