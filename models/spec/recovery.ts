/** The specification of recovery: which splits exist, and what passes and reclaim remove. */
import { how_many } from '../world/flags';
import { address_space, type Tree } from '../world/world';
import { is_tdp, type Reference, slot_at, type Table } from './reference';
import { find, type Place, remove } from './tables';
import { size_of_flag } from './views';

/** All splits that exist. */
export function splits(ref: Reference): Table[] {
  return ref.tables.filter(({ built }) => built === 'split');
}

/** Number of splits on each list, without those at places for which `left_out` returns true. */
export function split_counts(ref: Reference, left_out?: (place: Place) => boolean): number[] {
  const counts = ref.contract.list_per_type ? [0, 0] : [0];
  for (const table of ref.tables) {
    if (table.built === 'split' && !left_out?.(table)) (counts[list_of(ref, table.mmu)] as number)++;
  }
  return counts;
}

/** The list to which a table of this tree belongs: 0 is the shadow MMU's list, or the only one. */
export function list_of(ref: Reference, tree: Tree): number {
  return ref.contract.list_per_type && is_tdp(ref, tree) ? 1 : 0;
}

/** A pass took this table: it is removed or (from 6.2, in a dirty-logged slot) is no longer a split. */
export function take(ref: Reference, place: Place): void {
  const table = find(ref, place);
  if (!table) return;
  const as = ref.contract.slots_by_address_space ? address_space(table.mmu) : 0;
  if (ref.contract.dirty_tables_stay && slot_at(ref, table.region, as)?.dirty_log) table.built = 'plain';
  else remove(ref, table);
}

/** Reclaim took this table, of whatever kind it is. */
export function reclaim(ref: Reference, place: Place): void {
  const table = find(ref, place);
  if (table) remove(ref, table);
}

/** A pass for which the reference is not told what it took: first in, first out, like the kernels' lists. */
export function recover_fifo(ref: Reference, ratio: number): void {
  for (const [list, n] of split_counts(ref).entries()) take_oldest(ref, list, ratio ? Math.ceil(n / ratio) : 0);
}

/**
 * Takes this many of a list's oldest splits, or all if there are fewer. Tables below a removed one may be removed too.
 */
export function take_oldest(ref: Reference, list: number, to_zap: number): void {
  for (let left = to_zap; left > 0; left--) {
    const first = oldest_split(ref, list);
    if (!first) return;
    take(ref, first);
  }
}

function oldest_split(ref: Reference, list: number): Table | null {
  let oldest: Table | null = null;
  for (const table of ref.tables) {
    if (table.built !== 'split' || list_of(ref, table.mmu) !== list) continue;
    if (!oldest || table.since < oldest.since) oldest = table;
  }
  return oldest;
}

/** Pages mapped by leaves of 4K, 2M and 1G, as userspace reads them. Unlinked tables count too. */
export function mapped_pages(ref: Reference): [number, number, number] {
  const counts: [number, number, number] = [0, 0, 0];
  count_mapped(ref, counts);
  return counts;
}

/** The same, written into `counts`, because this runs after every command. */
export function count_mapped(ref: Reference, counts: [number, number, number]): void {
  const { tables, flags, flag_bytes } = ref;
  let small = 0;
  for (let i = 0; i < tables.length; i++) {
    const table = tables[i] as Table;
    if (table.level === 1) small += how_many(table.small);
  }
  counts[0] = small;
  counts[1] = 0;
  counts[2] = 0;
  // Few flags are set, so eight of them are tested at once.
  for (let word = 0; word < flags.length; word++) {
    if (flags[word] === 0) continue;
    for (let i = 8 * word; i < 8 * word + 8; i++) {
      const size = flag_bytes[i] ? size_of_flag(ref, i) : 0;
      if (size > 0) counts[size as 1 | 2]++;
    }
  }
}
