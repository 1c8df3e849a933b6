/** The specification of the host: what it does to slots and to what backs them. */
import { none_set, with_flag } from '../world/flags';
import { type AddressSpace, address_space, type Backing, is_of_2m, type Tree, trees_with } from '../world/world';
import { backed_level, is_tdp, type Reference, type Slot, slot_at, type Table } from './reference';
import {
  entries_with,
  keeps_region_small,
  map_4k_pages,
  note_standing,
  remove,
  remove_tables,
  zap_all,
} from './tables';
import { view_of } from './views';

/** Leaves of these regions, or of one 4K page in each, go; in a baseline that says so, so do L1's tables that lie inside. */
export function unmap(ref: Reference, from: number, to: number, small?: number, as?: AddressSpace): void {
  const { fan_out } = ref.world;
  for (const tree of trees_with(ref.tables)) {
    if (as !== undefined && address_space(tree) !== as) continue;
    const { table1, table2, huge2m } = view_of(ref, tree);
    const tables_too = ref.contract.invalidation_drops_tables && is_tdp(ref, tree) && small === undefined;
    for (let region = from; region < to; region++) {
      huge2m[region] = 0;
      forget_1g_leaves(ref, tree, Math.floor(region / fan_out));
      const table = table1[region];
      if (table && tables_too) remove(ref, table);
      else if (table && small === undefined) map_4k_pages(table, none_set(fan_out));
      else if (table && small !== undefined) {
        table.small = with_flag(table.small, small, false);
        table.guarded = with_flag(table.guarded, small, false);
      }
    }
    const above = tables_too && to - from === fan_out && from % fan_out === 0 ? table2[from / fan_out] : null;
    if (above) remove(ref, above);
  }
}

function forget_1g_leaves(ref: Reference, tree: Tree, giga: number): void {
  const { huge1g } = view_of(ref, tree);
  for (const entry of entries_with(ref, tree, giga)) {
    if (huge1g[entry]) note_standing(ref, tree, entry, entry);
    huge1g[entry] = 0;
  }
}

/** MADV_DONTNEED of a region and refilling. If the backing is a 1G page, this concerns all of it. */
export function invalidate_region(ref: Reference, region: number): void {
  const slot = slot_at(ref, region);
  if (!slot || slot.region === null) return;
  const unit = slot.backing === '1g' ? ref.world.fan_out : 1;
  const from = region - ((region - slot.region) % unit);
  const to = Math.min(from + unit, slot.region + slot.broken.length);
  unmap(ref, from, to);
  if (!slot.broken[region - slot.region]) return;
  slot.broken = with_flag(slot.broken, region - slot.region, false);
  if (!slot.dirty_log) drop_idle_tables(ref, from, to);
}

/** MADV_DONTNEED of a 4K page breaks a 2M-backed region, until the region is refilled. */
export function invalidate_4k_page(ref: Reference, region: number, offset: number): void {
  const slot = slot_at(ref, region);
  if (!slot || slot.region === null || slot.backing === '1g') return;
  if (slot.backing === '2m' && !slot.broken[region - slot.region]) unmap(ref, region, region + 1);
  if (slot.backing === '2m') slot.broken = with_flag(slot.broken, region - slot.region, true);
  unmap(ref, region, region + 1, offset);
}

/**
 * Whether the host's memory allows a larger page at this table's place than the pages that the table maps. Nothing larger replaces a
 * table that shadows a page directory.
 */
export function may_be_huge(ref: Reference, table: Table): boolean {
  if (is_of_2m(table.mmu)) return false;
  const slot = slot_at(ref, table.region, address_space(table.mmu));
  return slot !== null && backed_level(ref, slot, table.region) > table.level;
}

/** LIVE: removes tables that are not splits in regions that the host's memory would allow to be huge. */
export function drop_idle_tables(ref: Reference, from: number, to: number): void {
  remove_tables(ref, from, to, (table) => {
    return table.built !== 'split' && keeps_region_small(ref, table) && may_be_huge(ref, table);
  });
}

/**
 * Everything mapped goes (kvm_mmu_zap_all_fast()), whatever slot it was in. With the quirk off the slot's leaves must go, and
 * its tables may: which do, the reference is told.
 */
function zap_slot(ref: Reference, slot: Slot, region: number): void {
  if (ref.slot_zap_all) zap_all(ref);
  else {
    const to = region + slot.broken.length;
    unmap(ref, region, to, undefined, slot.as);
    ref.slot_gone = { from: region, to };
  }
}

/** Deletes a slot, if there is one, and with it what was mapped. */
export function delete_slot(ref: Reference, id: number): void {
  const slot = ref.slots[id];
  if (!slot || slot.region === null) return;
  zap_slot(ref, slot, slot.region);
  slot.region = null;
  slot.dirty_log = false;
}

/** Creates a slot at its home. Does nothing if it exists. */
export function create_slot(ref: Reference, id: number): void {
  const slot = ref.slots[id];
  const home = ref.world.slots[id]?.home;
  if (slot && home !== undefined) slot.region ??= home;
}

/** Deletes a slot and creates it again, with the same memory and flags. */
export function recreate_slot(ref: Reference, id: number): void {
  const dirty_log = ref.slots[id]?.dirty_log ?? false;
  delete_slot(ref, id);
  create_slot(ref, id);
  const slot = ref.slots[id];
  if (slot) slot.dirty_log = dirty_log;
}

/** Fresh memory of another kind, behind a slot that does not exist at the moment. */
export function replace_backing(ref: Reference, id: number, backing: Backing): void {
  const slot = ref.slots[id];
  if (!slot || slot.region !== null) return;
  slot.backing = backing;
  slot.broken = none_set(slot.broken.length);
}

/** To another first region: what was mapped goes, as when the slot is deleted. */
export function move_slot(ref: Reference, id: number, region: number): void {
  const slot = ref.slots[id];
  if (!slot || slot.region === null || slot.region === region) return;
  zap_slot(ref, slot, slot.region);
  slot.region = region;
}
