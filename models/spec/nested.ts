/**
 * The specification of nested guests: the entries of their hypervisors (1G each), whose dirty bit is set or clear, or which lead to
 * page directories.
 */
import { is_in_2m, target_of, with_size, with_target } from '../world/entries';
import { with_flag } from '../world/flags';
import {
  CLEAN,
  IN_2M,
  is_nested,
  is_of_2m,
  type Mmu,
  type Nested,
  type Tree,
  trees_of,
  trees_sharing,
} from '../world/world';
import { type Reference, run_vcpu, slot_at, type Table } from './reference';
import { entries_with, note_standing, remove, standing_giga } from './tables';
import { view_of } from './views';

/**
 * The tree to which the root's entry for this 1G page points, or that has its huge leaf there. A nested guest has three
 * trees, but never two in one entry.
 */
export function standing_tree(ref: Reference, mmu: Mmu, giga: number): Tree {
  if (!is_nested(mmu)) return mmu;
  return trees_of(mmu).find((tree) => view_of(ref, tree).links[giga] || view_of(ref, tree).huge1g[giga]) ?? mmu;
}

/**
 * The tree in which the next fault there builds. While the hypervisor's entry is clean, it is one that grants no
 * writes. An entry that leads to a page directory has no dirty bit of its own.
 */
export function wanted_tree(ref: Reference, mmu: Mmu, giga: number): Tree {
  if (!is_nested(mmu)) return mmu;
  if (is_in_2m(ref.remapped[mmu], giga)) return IN_2M[mmu];
  return ref.gpte_clean[mmu][giga] ? CLEAN[mmu] : mmu;
}

/**
 * Unlinks all that is mapped through this entry. Its tables stay, unlinked, and so do the splits among them, which
 * passes still take.
 */
export function forget_entry(ref: Reference, mmu: Mmu, giga: number): void {
  for (const tree of trees_of(mmu)) {
    view_of(ref, tree).links[giga] = 0;
    view_of(ref, tree).huge1g[giga] = 0;
  }
  note_standing(ref, mmu, giga, giga);
}

/** The 1G page to which an entry of a nested guest's hypervisor points now. */
export const giga_behind = (ref: Reference, mmu: Mmu, entry: number): number =>
  is_nested(mmu) ? target_of(ref.remapped[mmu], entry) : entry;

/**
 * A fault finds what the entry pointed to before: that goes. `tree`: where the fault maps. What is mapped with other rights is
 * unlinked for that reason alone.
 */
export function forget_what_was_there(ref: Reference, mmu: Mmu, tree: Tree, entry: number): void {
  if (!is_nested(mmu)) return;
  const standing = standing_tree(ref, mmu, entry);
  if (tree !== standing && (is_of_2m(tree) || (is_of_2m(standing) && tree === mmu)))
    cut_off(ref, mmu, entry, ref.contract.nested_subtree_goes_along);
  else if (tree !== standing) forget_entry(ref, mmu, entry);
  else if (standing_giga(ref, tree, entry) !== giga_behind(ref, mmu, entry))
    cut_off(ref, mmu, entry, ref.contract.nested_subtree_goes_along);
}

/** An entry points to another 1G page, or maps it by entries of another size. Returns whether it did not before. */
export function point_entry(ref: Reference, mmu: Nested, region: number, to: number, in_2m: boolean): boolean {
  const { fan_out } = ref.world;
  const entry = Math.floor(region / fan_out);
  const remapped = with_size(with_target(ref.remapped[mmu], entry, Math.floor(to / fan_out)), entry, in_2m);
  if (remapped === ref.remapped[mmu]) return false;
  ref.remapped[mmu] = remapped;
  return true;
}

/**
 * The hypervisor of a nested guest lets an entry point elsewhere, or (`in_2m`) to a page directory. If it is seen to write the entry
 * (`tracked`), what was mapped goes at once.
 */
export function remap_entry(
  ref: Reference,
  mmu: Nested,
  region: number,
  to: number,
  in_2m: boolean,
  tracked: boolean,
): void {
  if (point_entry(ref, mmu, region, to, in_2m) && tracked)
    note_entry_write(ref, mmu, Math.floor(region / ref.world.fan_out));
}

/** Whether the root of either nested guest points to this table. */
const is_linked = (ref: Reference, { mmu, region }: Table): boolean =>
  trees_sharing(mmu).some((tree) =>
    entries_with(ref, tree, region / ref.world.fan_out).some((entry) => view_of(ref, tree).links[entry]),
  );

/** A write that faults marks the entry dirty, if it maps the page itself. */
export function note_write(ref: Reference, mmu: Nested, giga: number): void {
  if (is_in_2m(ref.remapped[mmu], giga)) return;
  ref.gpte_clean[mmu] = with_flag(ref.gpte_clean[mmu], giga, false);
}

/**
 * The hypervisor of a nested guest looks for writes of its guest: it clears the dirty bit of an entry, if there is
 * memory.
 */
export function clear_gpte_dirty(ref: Reference, mmu: Nested, region: number): void {
  run_vcpu(ref);
  const giga = Math.floor(region / ref.world.fan_out);
  if (ref.gpte_clean[mmu][giga] || is_in_2m(ref.remapped[mmu], giga) || !slot_at(ref, region, 0)) return;
  ref.gpte_clean[mmu] = with_flag(ref.gpte_clean[mmu], giga, true);
  note_entry_write(ref, mmu, giga);
}

/** The hypervisor writes an entry, and that is seen: what is mapped through it goes. */
function note_entry_write(ref: Reference, mmu: Nested, giga: number): void {
  if (ref.written[mmu] >= 0 && ++ref.written[mmu] >= FLOODED) give_up_root(ref, mmu);
  else cut_off(ref, mmu, giga, ref.contract.entry_takes_its_tables_along);
}

/**
 * The number of writes by the hypervisor, without a fault of its guest in between, after which the page no longer
 * counts as a page table.
 */
const FLOODED = 3;

/** The guest faults, so the table that its hypervisor writes to is shadowed, and counts as a page table. */
export function note_fault({ written }: Reference, mmu: Nested): void {
  // Not written[mmu]: every fault comes here, and V8 is slow to store by a variable name.
  if (mmu === 'shadow') written.shadow = 0;
  else written.shadow2 = 0;
}

function give_up_root(ref: Reference, mmu: Nested): void {
  ref.written[mmu] = -1;
  for (const giga of ref.gpte_clean[mmu].keys()) cut_off(ref, mmu, giga, ref.contract.nested_subtree_goes_along);
}

/** Unlinks all that is mapped through this entry. `along`: a table to which nothing else leads is removed. */
function cut_off(ref: Reference, mmu: Nested, giga: number, along: boolean): void {
  const { links, table2 } = view_of(ref, standing_tree(ref, mmu, giga));
  const table = links[giga] ? table2[standing_giga(ref, mmu, giga)] : null;
  forget_entry(ref, mmu, giga);
  if (table && along && !is_linked(ref, table)) remove(ref, table);
}
