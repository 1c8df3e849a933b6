import { backed_level, type Reference, slot_at } from '../spec/reference';
import { address_space, is_nested, type Mmu, PG_LEVEL_2M } from '../world/world';
import type { Step } from './interleaving_templates';

/**
 * Userspace has a page mapped: when its slot begins to go, or while it is on its way out; or, without pauses, once all that was mapped is zapped and before the
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
    const go = (pause: number) => step(goes, goes === 'move_slot' ? { slot, to, pause } : { slot, pause });
    const go_on = (thread: string) => step('resume', { thread, vcpu: 0, pause: 0 });
    const begun = step('prefault', { mmu, page, offset: 0, vcpu: 0, pause: 1 });
    return ref.tables_ever % 2 === 0 ? [begun, go(0), go_on('vcpu')] : [read, go(1), prefault, go_on('memslots')];
  }
  // The longer plan comes to its end less often, so it begins more often.
  const cannot_be_huge = here.dirty_log || backed_level(ref, here, page) !== PG_LEVEL_2M;
  if (cannot_be_huge || ref.tables_ever % 3 === 0) return [prefault, step('recreate_slot', { slot }), prefault];
  return [step('invalidate_4k', { page, offset: 0 }), read, step('invalidate', { page }), prefault];
}
