/**
 * The specification of dirty logging: userspace sees which pages are written. Either all that is mapped is split or
 * write-protected when logging begins; or, where a log begins with all pages dirty, when userspace clears their bits.
 */
import { none_set, with_flag } from '../world/flags';
import {
  type Cleared,
  grants_writes,
  is_nested,
  is_of_2m,
  mmu_of_tree,
  type Tree,
  tables_of,
  trees_with,
} from '../world/world';
import { drop_idle_tables, may_be_huge } from './host';
import { backed_level, is_tdp, type Reference, type Slot, slot_at, type Table } from './reference';
import { entries_with, fill, GUARDED, get_table, map_4k_pages, regions_of, remove } from './tables';
import { view_of } from './views';

const begins_all_dirty = (ref: Reference): boolean => ref.dirty_log_mode === 'initially_set';

/**
 * Whether the reference knows which huge leaves, or which leaves of 4K, of this tree are write-protected: where that
 * decides what a later access maps.
 */
export const knows_guarded_huge_leaves = (ref: Reference, tree: Tree): boolean =>
  grants_writes(tree) && (is_nested(mmu_of_tree(tree)) || begins_all_dirty(ref));
export const knows_guarded_small_leaves = (ref: Reference, tree: Tree): boolean =>
  tree === 'shadow' || (begins_all_dirty(ref) && is_tdp(ref, tree));

/** Whether huge leaves are split for dirty logging, and not only write-protected. */
export const splits_eagerly = (ref: Reference, tree: Tree): boolean =>
  ref.world.tdp_mmu && (is_nested(mmu_of_tree(tree)) ? ref.contract.eager_split_nested : ref.contract.eager_split_tdp);

/**
 * From now on all faults in the slot map 4K pages. Huge leaves are split now, or when they are written to; where the log
 * begins with all pages dirty, neither before their bits are cleared (from 5.13).
 */
export function start_dirty_logging(ref: Reference, id: number): void {
  const slot = ref.slots[id];
  if (!slot || slot.region === null || slot.dirty_log) return;
  slot.dirty_log = true;
  const all_dirty = begins_all_dirty(ref);
  if (all_dirty && ref.contract.huge_pages_protected_when_cleared) return;
  const [from, to] = [slot.region, slot.region + slot.broken.length];
  part_with_huge_leaves(ref, from, to);
  if (!all_dirty) guard_small_leaves(ref, from, to);
}

/**
 * Userspace clears the dirty bits of a 4K page, of its region or of its slot: the next write to each page faults. Huge
 * leaves there are split or protected, if they were not when logging began.
 */
export function clear_dirty_log(ref: Reference, region: number, offset: number, size: Cleared): void {
  const slot = slot_at(ref, region);
  if (!slot?.dirty_log || slot.region === null) return;
  const from = size === 'slot' ? slot.region : region;
  const to = size === 'slot' ? slot.region + slot.broken.length : region + 1;
  if (begins_all_dirty(ref) && ref.contract.huge_pages_protected_when_cleared) part_with_huge_leaves(ref, from, to);
  guard_small_leaves(ref, from, to, size === '4k' ? offset : undefined);
}

/** Huge leaves that map any of these regions are split or write-protected, top down. */
function part_with_huge_leaves(ref: Reference, from: number, to: number): void {
  const { fan_out } = ref.world;
  for (const tree of trees_with(ref.tables)) {
    const { huge1g, huge2m } = view_of(ref, tree);
    if (ref.tables.length === 0 && !huge1g.some(Boolean)) continue;
    const eager = splits_eagerly(ref, tree);
    if (!eager && !knows_guarded_huge_leaves(ref, tree)) continue;
    for (let region = from; region < to; region++) {
      const giga = Math.floor(region / fan_out);
      for (const entry of entries_with(ref, tree, giga)) {
        if (huge1g[entry] && eager) split(ref, tree, 2, giga * fan_out, entry);
        else if (huge1g[entry]) huge1g[entry] = GUARDED;
      }
      if (huge2m[region] && eager) split(ref, tree, 1, region, giga);
      else if (huge2m[region]) huge2m[region] = GUARDED;
    }
  }
}

/**
 * Leaves of 4K are write-protected, or those of one offset in each region. In trees of nested guests they stay so after
 * logging stops, until the guest writes.
 */
function guard_small_leaves(ref: Reference, from: number, to: number, offset?: number): void {
  for (const tree of trees_with(ref.tables)) {
    if (tables_of(tree) !== tree || !knows_guarded_small_leaves(ref, tree)) continue;
    const { table1 } = view_of(ref, tree);
    for (let region = from; region < to; region++) {
      const table = table1[region];
      if (!table) continue;
      if (offset === undefined) table.guarded = table.small;
      else if (table.small[offset]) table.guarded = with_flag(table.guarded, offset, true);
    }
  }
}

/** `entry`: of the root, for a leaf of 1G. */
function split(ref: Reference, tree: Tree, level: 1 | 2, region: number, entry: number): void {
  const { huge1g, huge2m } = view_of(ref, tree);
  const [huge, at] = level === 2 ? [huge1g, entry] : [huge2m, region];
  const guarded = huge[at] === GUARDED;
  huge[at] = 0;
  fill(ref, get_table(ref, tree, level, region, entry), guarded);
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
  for (const tree of trees_with(ref.tables)) {
    if (!is_tdp(ref, tree)) drop_small_leaves(ref, slot, tree, from, to);
    else for (const level of [2, 1]) drop_tables(ref, tree, level, from, to);
  }
  drop_idle_tables(ref, from, to);
}

/** The shadow MMU: drops leaves that could be larger, and keeps their tables. No leaf that a page directory maps could be. */
function drop_small_leaves(ref: Reference, slot: Slot, tree: Tree, from: number, to: number): void {
  const { table1, huge2m } = view_of(ref, tree);
  for (let region = from; region < to; region++) {
    const backed = backed_level(ref, slot, region);
    const table = table1[region];
    if (table && backed > 1) map_4k_pages(table, none_set(ref.world.fan_out));
    if (backed > 2 && !is_of_2m(tree)) huge2m[region] = 0;
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
    const leaf = first_leaf(ref, table);
    if (ref.contract.collapses_in_place && leaf === 0) continue;
    remove(ref, table);
    if (!ref.contract.collapses_in_place) continue;
    if (level === 2) huge1g[table.region / ref.world.fan_out] = leaf;
    else huge2m[table.region] = leaf;
  }
}

/**
 * The first leaf below a table, as the flag of the huge leaf that takes the table's place: that has the rights of the
 * first. 0 if there is none.
 */
function first_leaf(ref: Reference, table: Table): number {
  const knows = knows_guarded_small_leaves(ref, table.mmu);
  if (table.level === 1) {
    const first = table.small.indexOf(true);
    return first < 0 ? 0 : knows && table.guarded[first] ? GUARDED : 1;
  }
  const { table1, huge2m } = view_of(ref, table.mmu);
  for (const region of regions_of(ref, table)) {
    const below = table1[region];
    const leaf = huge2m[region] || (below?.linked ? first_leaf(ref, below) : 0);
    if (leaf) return leaf;
  }
  return 0;
}
