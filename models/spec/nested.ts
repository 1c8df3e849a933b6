/** The specification, continued: nested guests, whose hypervisor's entries (of 1G each) are dirty or clean. */
import { with_flag } from '../world/flags';
import { CLEAN, is_nested, type Mmu, type Nested, TREES, type Tree, tables_of, trees_of } from '../world/world';
import { type Reference, remove, run_vcpu, slot_at, type Table, view_of } from './reference';

/** The tree that the root points to there, or whose huge leaf it holds. A nested guest has two; never both at once. */
export function standing_tree(ref: Reference, mmu: Mmu, giga: number): Tree {
  if (!is_nested(mmu)) return mmu;
  return trees_of(mmu).find((tree) => view_of(ref, tree).links[giga] || view_of(ref, tree).huge1g[giga]) ?? mmu;
}

/** The tree that the next fault there builds in: while the hypervisor's entry is clean, one that grants no writes. */
export const wanted_tree = (ref: Reference, mmu: Mmu, giga: number): Tree =>
  is_nested(mmu) && ref.gpte_clean[mmu][giga] ? CLEAN[mmu] : mmu;

/** Nothing is mapped through this entry any more. What was stands on, cut off, splits among it: passes come to them. */
export function forget_entry(ref: Reference, mmu: Mmu, giga: number): void {
  for (const tree of trees_of(mmu)) {
    view_of(ref, tree).links[giga] = 0;
    view_of(ref, tree).huge1g[giga] = 0;
  }
}

/** Whether the root of either nested guest points to this table. */
const is_linked = (ref: Reference, { mmu, region }: Table): boolean =>
  TREES.some((tree) => tables_of(tree) === mmu && view_of(ref, tree).links[region / ref.world.fan_out]);

/** A write that faults marks the entry dirty. */
export function note_write(ref: Reference, mmu: Nested, giga: number): void {
  ref.gpte_clean[mmu] = with_flag(ref.gpte_clean[mmu], giga, false);
}

/** A nested guest's hypervisor, which looks for what its guest has written to, makes an entry clean, where there is memory. */
export function clear_gpte_dirty(ref: Reference, mmu: Nested, region: number): void {
  run_vcpu(ref);
  const giga = Math.floor(region / ref.world.fan_out);
  if (ref.gpte_clean[mmu][giga] || !slot_at(ref, region, 0)) return;
  ref.gpte_clean[mmu] = with_flag(ref.gpte_clean[mmu], giga, true);
  if (ref.written[mmu] >= 0 && ++ref.written[mmu] >= FLOODED) give_up_root(ref, mmu);
  else cut_off(ref, mmu, giga, ref.contract.entry_takes_its_tables_along);
}

/** So many writes of the hypervisor with no fault of its guest between them: what it writes to seems to be no page table. */
const FLOODED = 3;

/** The guest faults: what its hypervisor writes to is shadowed, and a page table. */
export function note_fault({ written }: Reference, mmu: Nested): void {
  // Written out: V8 is slow to store by a name that varies, and every fault comes here.
  if (mmu === 'shadow') written.shadow = 0;
  else written.shadow2 = 0;
}

function give_up_root(ref: Reference, mmu: Nested): void {
  ref.written[mmu] = -1;
  for (const giga of ref.gpte_clean[mmu].keys()) cut_off(ref, mmu, giga, ref.contract.nested_subtree_goes_along);
}

/** Nothing is mapped through this entry any more; `along`: a table goes that nothing else leads to. */
function cut_off(ref: Reference, mmu: Nested, giga: number, along: boolean): void {
  const { links, table2 } = view_of(ref, standing_tree(ref, mmu, giga));
  const table = links[giga] ? table2[giga] : null;
  forget_entry(ref, mmu, giga);
  if (table && along && !is_linked(ref, table)) remove(ref, table);
}
