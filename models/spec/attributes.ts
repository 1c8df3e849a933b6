/** The specification of memory attributes: no huge page maps both private pages and others. Private memory itself is not modelled. */
import { with_attribute } from '../world/attributes';
import { drop_idle_tables, unmap } from './host';
import { backed_level, type Reference, slot_at } from './reference';

/** What userspace asks for: whether a 4K page is private. Where pages have no attributes (before 6.8), that is EINVAL. */
export function ask_for_attribute(ref: Reference, region: number, offset: number, is_private: boolean): void {
  const { contract, world } = ref;
  if (!contract.has_memory_attributes) ref.errno = 'EINVAL';
  else ref.are_private = with_attribute(ref.are_private, region * world.fan_out + offset, is_private);
}

/**
 * A 4K page becomes private, or shared again. What maps it goes. Where a larger page becomes possible, no table stays that would
 * keep its region small and is no split.
 */
export function set_attribute(ref: Reference, region: number, offset: number, is_private: boolean): void {
  const slot = slot_at(ref, region);
  const before = slot ? backed_level(ref, slot, region) : 1;
  const were_private = ref.are_private;
  ask_for_attribute(ref, region, offset, is_private);
  if (ref.are_private === were_private) return;
  unmap(ref, region, region + 1, offset);
  const level = slot ? backed_level(ref, slot, region) : 1;
  if (level <= before || slot?.dirty_log) return;
  const regions = level === 3 ? ref.world.fan_out : 1;
  const from = region - (region % regions);
  drop_idle_tables(ref, from, from + regions);
}
