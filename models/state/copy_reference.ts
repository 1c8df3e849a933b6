/** Copies of the reference, as part of copies of machines (copy.ts). */

import { begin_table } from '../spec/generated/begin';
import type { Reference, Table } from '../spec/reference';
import { view_of } from '../spec/views';
import { shorten } from './copy';
import * as made from './generated/reference';

/** Makes `to` a copy of the reference `from`. `pool`: the tables of the copy, reused. */
export function copy_reference(from: Reference, to: Reference, pool: Table[]): void {
  const { fan_out } = from.world;
  // A loop, because a call of set() costs more for so few elements.
  for (let i = 0; i < from.flags.length; i++) to.flags[i] = from.flags[i] as number;
  strike_out_others(from.tables, to, pool);
  for (let i = 0; i < from.tables.length; i++) {
    const copy = pool[i] as Table;
    made.copy_table(from.tables[i] as Table, copy);
    if (to.tables[i] === copy) continue;
    to.tables[i] = copy;
    const { table1, table2 } = view_of(to, copy.mmu);
    if (copy.level === 1) table1[copy.region] = copy;
    else table2[copy.region / fan_out] = copy;
  }
  shorten(to.tables, from.tables.length);
  made.copy_reference(from, to);
}

/** Removes the tables of the last copy that are not where the new copy has them. */
function strike_out_others(tables: readonly Table[], to: Reference, pool: Table[]): void {
  while (pool.length < tables.length) pool.push(blank_table());
  for (let i = 0; i < to.tables.length; i++) {
    const table = to.tables[i] as Table;
    if (i < tables.length && table === pool[i] && same_place(table, tables[i] as Table)) continue;
    const { table1, table2 } = view_of(to, table.mmu);
    if (table.level === 1) table1[table.region] = null;
    else table2[table.region / to.world.fan_out] = null;
    to.tables[i] = NOWHERE;
  }
}

const same_place = (one: Table, other: Table): boolean =>
  one.region === other.region && one.level === other.level && one.mmu === other.mmu;

/** A table to be overwritten. */
const blank_table = (): Table => begin_table({ mmu: 'tdp', level: 1, region: 0, small: [], guarded: [] });

/** Takes the place of a removed table until the place is overwritten. */
const NOWHERE = blank_table();
