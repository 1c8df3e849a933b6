/** The specification of the host: what it does to slots, backing and dirty logging. */
import { none_set, with_flag } from '../world/flags';
import {
  type AddressSpace,
  address_space,
  type Backing,
  is_nested,
  mmu_of_tree,
  TREES,
  type Tree,
} from '../world/world';
import {
  backed_level,
  fill,
  GUARDED,
  get_table,
  is_tdp,
  keeps_region_small,
  map_4k_pages,
  type Reference,
  regions_of,
  remove,
  remove_tables,
  type Slot,
  slot_at,
  type Table,
  view_of,
  zap_all,
} from './reference';

/** Leaves of these regions go; in a baseline that says so, so do L1's tables that lie inside. */
function unmap(ref: Reference, from: number, to: number, small?: number, as?: AddressSpace): void {
  const { fan_out } = ref.world;
  for (const tree of TREES) {
    if (as !== undefined && address_space(tree) !== as) continue;
    const { table1, table2, huge1g, huge2m } = view_of(ref, tree);
    const tables_too = ref.contract.invalidation_drops_tables && is_tdp(ref, tree) && small === undefined;
    for (let region = from; region < to; region++) {
      huge2m[region] = 0;
      huge1g[Math.floor(region / fan_out)] = 0;
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

/** Whether the host's memory allows a larger page at this table's place than the pages that the table maps. */
function may_be_huge(ref: Reference, table: Table): boolean {
  const slot = slot_at(ref, table.region, address_space(table.mmu));
  return slot !== null && backed_level(ref, slot, table.region) > table.level;
}

/** LIVE: removes tables that are not splits in regions that the host's memory would allow to be huge. */
function drop_idle_tables(ref: Reference, from: number, to: number): void {
  remove_tables(ref, from, to, (table) => {
    return table.built !== 'split' && keeps_region_small(ref, table) && may_be_huge(ref, table);
  });
}

/** From now on all faults in the slot map 4K pages. Huge leaves are split now, or when they are written to. */
export function start_dirty_logging(ref: Reference, id: number): void {
  const slot = ref.slots[id];
  if (!slot || slot.region === null || slot.dirty_log) return;
  slot.dirty_log = true;
  const { fan_out, tdp_mmu } = ref.world;
  for (const tree of TREES) {
    const eager = is_nested(mmu_of_tree(tree)) ? ref.contract.eager_split_nested : ref.contract.eager_split_tdp;
    if (!eager || !tdp_mmu) continue;
    const { huge1g, huge2m } = view_of(ref, tree);
    if (ref.tables.length === 0 && !huge1g.some(Boolean)) continue;
    for (let region = slot.region; region < slot.region + slot.broken.length; region++) {
      if (region % fan_out === 0 && huge1g[region / fan_out]) split(ref, tree, 2, region);
    }
    for (let region = slot.region; region < slot.region + slot.broken.length; region++) {
      if (huge2m[region]) split(ref, tree, 1, region);
    }
  }
  const { table1 } = view_of(ref, 'shadow');
  for (let region = slot.region; region < slot.region + slot.broken.length; region++) {
    const table = table1[region];
    if (table) table.guarded = table.small;
  }
  guard_huge_leaves(ref, slot.region, slot.region + slot.broken.length);
}

/** Huge leaves of nested guests are write-protected too, and stay so after logging stops, until the guest writes. */
function guard_huge_leaves(ref: Reference, from: number, to: number): void {
  for (const tree of ['shadow', 'shadow2'] as const) {
    const { huge1g, huge2m } = view_of(ref, tree);
    for (let region = from; region < to; region++) {
      const giga = Math.floor(region / ref.world.fan_out);
      if (huge2m[region]) huge2m[region] = GUARDED;
      if (huge1g[giga]) huge1g[giga] = GUARDED;
    }
  }
}

function split(ref: Reference, tree: Tree, level: 1 | 2, region: number): void {
  const { huge1g, huge2m } = view_of(ref, tree);
  if (level === 2) huge1g[region / ref.world.fan_out] = 0;
  else huge2m[region] = 0;
  fill(ref, get_table(ref, tree, level, region));
}

/**
 * Huge pages may return. What stays: splits of the shadow MMU, without leaves, and tables that do not prevent huge
 * pages.
 */
export function stop_dirty_logging(ref: Reference, id: number): void {
  const slot = ref.slots[id];
  if (!slot || slot.region === null || !slot.dirty_log) return;
  slot.dirty_log = false;
  if (ref.tables.length === 0) return;
  const [from, to] = [slot.region, slot.region + slot.broken.length];
  for (const tree of TREES) {
    if (!is_tdp(ref, tree)) drop_small_leaves(ref, slot, tree, from, to);
    else for (const level of [2, 1]) drop_tables(ref, tree, level, from, to);
  }
  drop_idle_tables(ref, from, to);
}

/** The shadow MMU: drops leaves that could be larger, and keeps their tables. */
function drop_small_leaves(ref: Reference, slot: Slot, tree: Tree, from: number, to: number): void {
  const { table1, huge2m } = view_of(ref, tree);
  for (let region = from; region < to; region++) {
    const backed = backed_level(ref, slot, region);
    const table = table1[region];
    if (table && backed > 1) map_4k_pages(table, none_set(ref.world.fan_out));
    if (backed > 2) huge2m[region] = 0;
  }
}

/**
 * The TDP MMU: removes tables. Where tables are collapsed in place, only those with a leaf, and a huge leaf takes their
 * place.
 */
function drop_tables(ref: Reference, tree: Tree, level: number, from: number, to: number): void {
  const { huge1g, huge2m } = view_of(ref, tree);
  for (const table of [...ref.tables]) {
    if (table.mmu !== tree || table.level !== level || table.region < from || table.region >= to) continue;
    if (!may_be_huge(ref, table)) continue;
    if (ref.contract.collapses_in_place && !has_leaf(ref, table)) continue;
    remove(ref, table);
    if (!ref.contract.collapses_in_place) continue;
    if (level === 2) huge1g[table.region / ref.world.fan_out] = 1;
    else huge2m[table.region] = 1;
  }
}

function has_leaf(ref: Reference, table: Table): boolean {
  if (table.level === 1) return table.small.includes(true);
  const { table1, huge2m } = view_of(ref, table.mmu);
  return regions_of(ref, table).some((region) => huge2m[region] || table1[region]?.small.includes(true));
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
