import { backed_level, type Reference, slot_at } from '../spec/reference';
import { address_space, type Mmu, PG_LEVEL_2M } from '../world/world';
import type { Step } from './interleaving_templates';

/**
 * A page becomes private, where a huge page would be possible. The guest accesses another page that the huge page would map: while the
 * attribute is being set, of another region first, if a 1G page is possible; or, without pauses, of the same region, before all are
 * shared again and after.
 */
export function change_attributes(
  ref: Reference,
  { mmu, region: page }: { readonly mmu: Mmu; readonly region: number },
  with_pauses: boolean,
): Step[] {
  const slot = slot_at(ref, page, address_space(mmu));
  if (!slot || slot.dirty_log) return [];
  const possible = backed_level(ref, slot, page);
  if (possible < PG_LEVEL_2M) return [];
  const set = (is_private: 0 | 1, pause: number): Step => {
    return { name: 'attributes', args: { page, offset: 0, private: is_private, pause } };
  };
  const offset = ref.world.fan_out - 1;
  const access = (name: string, at = page): Step => ({ name, args: { mmu, page: at, offset } });
  const go_on = { name: 'resume', args: { thread: 'memslots', vcpu: 0, pause: 0 } };
  const other = possible > PG_LEVEL_2M ? page ^ 1 : page;
  if (with_pauses) return [set(1, 1), access('guest_read', other), access('guest_read'), go_on];
  return [set(1, 0), access('guest_exec'), set(0, 0), access('guest_read')];
}
