import { backed_level, type Reference, slot_at } from '../spec/reference';
import { address_space, type Mmu } from '../world/world';
import type { Step } from './interleaving_templates';

/**
 * A page becomes private, where a huge page would be possible. The guest accesses another page of its region: while the attribute is
 * being set; or, without pauses, before all are shared again and after.
 */
export function change_attributes(
  ref: Reference,
  { mmu, region: page }: { readonly mmu: Mmu; readonly region: number },
  with_pauses: boolean,
): Step[] {
  const slot = slot_at(ref, page, address_space(mmu));
  if (!slot || slot.dirty_log || backed_level(ref, slot, page) < 2) return [];
  const set = (is_private: 0 | 1, pause: number): Step => {
    return { name: 'attributes', args: { page, offset: 0, private: is_private, pause } };
  };
  const offset = ref.world.fan_out - 1;
  const access = (name: string): Step => ({ name, args: { mmu, page, offset } });
  const go_on = { name: 'resume', args: { thread: 'memslots', vcpu: 0, pause: 0 } };
  if (with_pauses) return [set(1, 1), access('guest_read'), access('guest_read'), go_on];
  return [set(1, 0), access('guest_exec'), set(0, 0), access('guest_read')];
}
