/** Copies of the reference, for those of machines (copy.ts). */

import { type Reference, type Slot, type Table, view_of } from '../spec/reference';
import { copy_clean, cut } from './copy';

/** Makes `to` a copy of the reference `from`. */
export function copy_reference(from: Reference, to: Reference, pool: Table[]): void {
  const { fan_out } = from.world;
  // By a loop of our own: a call of set() costs more than so few.
  for (let i = 0; i < from.flags.length; i++) to.flags[i] = from.flags[i] as number;
  strike_out_others(from.tables, to, pool);
  for (let i = 0; i < from.tables.length; i++) {
    const copy = pool[i] as Table;
    copy_table(from.tables[i] as Table, copy);
    if (to.tables[i] === copy) continue;
    to.tables[i] = copy;
    const { table1, table2 } = view_of(to, copy.mmu);
    if (copy.level === 1) table1[copy.page] = copy;
    else table2[copy.page / fan_out] = copy;
  }
  cut(to.tables, from.tables.length);
  for (let slot = 0; slot < from.slots.length; slot++) {
    const source = from.slots[slot] as Slot;
    const copy = to.slots[slot] as Slot;
    copy.page = source.page;
    copy.backing = source.backing;
    copy.dirty_log = source.dirty_log;
    if (copy.broken !== source.broken) copy.broken = source.broken;
  }
  copy_clean(from.clean, to.clean);
  to.tables_ever = from.tables_ever;
  to.nx = from.nx;
  to.exempt = from.exempt;
  to.never = from.never;
  to.killed = from.killed;
  to.ratio = from.ratio;
  to.period_ms = from.period_ms;
  to.now = from.now;
  to.worker = from.worker;
  to.last_pass = from.last_pass;
  to.splits_ever = from.splits_ever;
}

/** Tables that do not stand where they will, as the last copy had them. */
function strike_out_others(tables: readonly Table[], to: Reference, pool: Table[]): void {
  while (pool.length < tables.length) pool.push(blank_table());
  for (let i = 0; i < to.tables.length; i++) {
    const table = to.tables[i] as Table;
    if (i < tables.length && table === pool[i] && same_place(table, tables[i] as Table)) continue;
    const { table1, table2 } = view_of(to, table.mmu);
    if (table.level === 1) table1[table.page] = null;
    else table2[table.page / to.world.fan_out] = null;
    to.tables[i] = NOWHERE;
  }
}

const same_place = (one: Table, other: Table): boolean =>
  one.page === other.page && one.level === other.level && one.mmu === other.mmu;

function copy_table(from: Table, to: Table): void {
  to.mmu = from.mmu;
  to.level = from.level;
  to.page = from.page;
  to.built = from.built;
  to.since = from.since;
  to.linked = from.linked;
  if (to.small !== from.small) to.small = from.small;
  if (to.guarded !== from.guarded) to.guarded = from.guarded;
}

/** A table to be overwritten. */
function blank_table(): Table {
  return { mmu: 'tdp', level: 1, page: 0, built: 'plain', since: 0, linked: true, small: [], guarded: [] };
}

/** In the place of one that was struck out, until that is taken. */
const NOWHERE = blank_table();
