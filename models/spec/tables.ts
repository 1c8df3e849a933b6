/** The reference's tables: where they stand, how they come and go, and what they map. */
import { target_of, with_target } from '../world/entries';
import { all_set, type Flags, none_set } from '../world/flags';
import { is_nested, is_of_2m, mmu_of_tree, small_tables_of, type Tree, tables_of, trees_sharing } from '../world/world';
import { begin_table } from './generated/begin';
import { holders_at_first, is_tdp } from './reference';
import type { Reference, Table } from './state';
import { view_of } from './views';

/** The place of a table that a pass or reclaim changed. */
export interface Place {
  readonly mmu: Tree;
  readonly level: number;
  readonly region: number;
}

/**
 * Whether a linked table prevents a huge page in its region: up to 6.1 any table does, later only those of exec faults.
 */
export function keeps_region_small(ref: Reference, table: Table): boolean {
  return ref.contract.any_table_keeps_region_small || table.built !== 'plain';
}

/** The 1G page that is mapped through an entry of the root, if anything is. */
export function standing_giga(ref: Reference, tree: Tree, entry: number): number {
  const mmu = mmu_of_tree(tree);
  return is_nested(mmu) ? target_of(ref.standing[mmu], entry) : entry;
}

/** The entries of a root through which something of this 1G page is mapped. */
export function entries_with(ref: Reference, tree: Tree, giga: number): number[] {
  const mmu = mmu_of_tree(tree);
  if (!is_nested(mmu) || ref.standing[mmu] === 0) return [giga];
  return [...view_of(ref, tree).links.keys()].filter((entry) => standing_giga(ref, tree, entry) === giga);
}

/** Whether a table of 4K pages is linked to the table of 2M entries that the tree has there. */
export const is_linked_in = (tree: Tree, table: Table | null | undefined): boolean =>
  table ? (is_of_2m(tree) ? table.linked_2m : table.linked) : false;

export function unlink_in(tree: Tree, table: Table): void {
  if (is_of_2m(tree)) table.linked_2m = false;
  else table.linked = false;
}

/**
 * The table at a place, linked to its parent; a table of 2M entries, to this entry of the root (null: to none). If there is none, an empty one is
 * built (kvm_mmu_get_page()).
 */
export function get_table(
  ref: Reference,
  mmu: Tree,
  level: 1 | 2,
  region: number,
  entry: number | null = Math.floor(region / ref.world.fan_out),
): Table {
  let table = find(ref, { mmu, level, region });
  if (!table) {
    const small = none_set(level === 1 ? ref.world.fan_out : 0);
    const tree = level === 1 ? small_tables_of(mmu) : tables_of(mmu);
    table = begin_table({ mmu: tree, level, region, small, guarded: small });
    table.linked = level === 2;
    place(ref, table, table);
    ref.tables.push(table);
    ref.tables_ever++;
  }
  if (level === 1 && is_of_2m(mmu)) table.linked_2m = true;
  else table.linked = true;
  if (level === 2 && entry !== null) view_of(ref, mmu).links[entry] = 1;
  return table;
}

/** The flag of a write-protected huge leaf (1: a huge leaf that is not). */
export const GUARDED = 2;

/** Records which table is at a place, or that there is none. */
function place(ref: Reference, { mmu, level, region }: Table, table: Table | null): void {
  const { table1, table2 } = view_of(ref, mmu);
  if (level === 2) table2[region / ref.world.fan_out] = table;
  else table1[region] = table;
}

/** Maps these 4K pages, not write-protected. */
export function map_4k_pages(table: Table, small: Flags): void {
  table.small = small;
  table.guarded = none_set(small.length);
}

/** Fills a table that replaces a huge leaf, write-protected if that was. What the table maps already stays as it is. */
export function fill(ref: Reference, table: Table, guarded = false): void {
  const { huge2m, table1 } = view_of(ref, table.mmu);
  if (table.level === 1) {
    table.small = all_set(table.small.length);
    if (guarded) table.guarded = table.small;
    return;
  }
  const flag = guarded ? GUARDED : 1;
  for (const region of regions_of(ref, table)) if (!table1[region]?.linked) huge2m[region] ||= flag;
}

/** The regions that a table maps: one, or the `fan_out` regions of a 1G page. */
export function regions_of(ref: Reference, table: Place): number[] {
  const regions = [table.region];
  if (table.level === 2) for (let i = 1; i < ref.world.fan_out; i++) regions.push(table.region + i);
  return regions;
}

/**
 * Removes a table. The tables below it are removed too or (the shadow MMU's, if the contract says so) only unlinked.
 */
export function remove(ref: Reference, table: Table): void {
  place(ref, table, null);
  ref.tables.splice(ref.tables.indexOf(table), 1);
  if (table.level === 1) return;
  for (const tree of trees_sharing(table.mmu)) unlink_from_root(ref, tree, table);
  const { table1, huge2m } = view_of(ref, table.mmu);
  const nested = is_nested(mmu_of_tree(table.mmu));
  const whole = is_tdp(ref, table.mmu) || (nested && ref.contract.nested_subtree_goes_along);
  for (const region of regions_of(ref, table)) {
    huge2m[region] = 0;
    const below = table1[region];
    if (!below) continue;
    const lost = is_linked_in(table.mmu, below) && !(is_of_2m(table.mmu) ? below.linked : below.linked_2m);
    if (lost && whole) remove(ref, below);
    else unlink_in(table.mmu, below);
  }
}

function unlink_from_root(ref: Reference, tree: Tree, table: Table): void {
  const { links } = view_of(ref, tree);
  for (const entry of entries_with(ref, tree, table.region / ref.world.fan_out)) {
    if (!links[entry]) continue;
    links[entry] = 0;
    note_standing(ref, tree, entry, entry);
  }
}

/** What is mapped through an entry of the root is of this 1G page. Where nothing is, of its own. */
export function note_standing(ref: Reference, tree: Tree, entry: number, giga: number): void {
  const mmu = mmu_of_tree(tree);
  if (is_nested(mmu)) ref.standing[mmu] = with_target(ref.standing[mmu], entry, giga);
}

/**
 * Removes the tables of the regions [from, to) that `goes` picks. It is asked of tables that stand: to remove a table may remove
 * those below it.
 */
export function remove_tables(ref: Reference, from: number, to: number, goes: (table: Table) => boolean): void {
  for (const table of [...ref.tables]) {
    if (table.region < from || table.region >= to || find(ref, table) !== table) continue;
    if (goes(table)) remove(ref, table);
  }
}

/** The table at a place, or null. */
export function find(ref: Reference, { mmu, level, region }: Place): Table | null {
  const { table1, table2 } = view_of(ref, mmu);
  return (level === 2 ? table2[Math.floor(region / ref.world.fan_out)] : table1[region]) ?? null;
}

/** Zaps all mappings: a slot is deleted or moved, the mitigation switched, or the VM destroyed. */
export function zap_all(ref: Reference): void {
  for (const table of ref.tables) place(ref, table, null);
  ref.tables.length = 0;
  ref.flags.fill(0);
  ref.standing.shadow = 0;
  ref.standing.shadow2 = 0;
  ref.written.shadow = -1;
  ref.written.shadow2 = -1;
  ref.root_holders = holders_at_first(ref.contract, ref.world);
}
