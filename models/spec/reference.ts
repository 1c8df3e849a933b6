import { are_mixed, NO_GFNS } from '../world/attributes';
import { target_of, with_target } from '../world/entries';
import { all_set, type Flags, none_set } from '../world/flags';
import { copies_of, made_of_each } from '../world/repeat';
import {
  type AddressSpace,
  AS_USUAL,
  all_vcpus,
  backing_level,
  is_nested,
  is_of_2m,
  mmu_of_tree,
  type OfAVm,
  pages_1g,
  small_tables_of,
  TREES,
  type Tree,
  tables_of,
  trees_sharing,
  type World,
} from '../world/world';
import type { Contract } from './contract';
import { begin_reference, begin_reference_slot, begin_table, share_reference } from './generated/begin';
import type { Mapped, Reference, Slot, Table } from './state';

export type { Reference, Slot, Table } from './state';

/** The place of a table that a pass or reclaim changed. */
export interface Place {
  readonly mmu: Tree;
  readonly level: number;
  readonly region: number;
}

/**
 * What is mapped in a tree. Each tree by its own name: a look-up by a variable name is far slower, and this code is
 * hot.
 */
export function view_of({ views }: Reference, tree: Tree): Mapped {
  switch (tree) {
    case 'tdp':
      return views.tdp;
    case 'shadow':
      return views.shadow;
    case 'smm':
      return views.smm;
    case 'shadow2':
      return views.shadow2;
    case 'shadow_clean':
      return views.shadow_clean;
    case 'shadow2_clean':
      return views.shadow2_clean;
    case 'shadow_2m':
      return views.shadow_2m;
    case 'shadow2_2m':
      return views.shadow2_2m;
  }
}

const no_tables = copies_of<Table | null>(null);

/** A view that uses the `nth` part of `flags`. */
function new_view(world: World, { buffer }: Float64Array, nth: number): Mapped {
  const n = pages_1g(world);
  const regions = n * world.fan_out;
  const links = nth * flags_in_view(world);
  const [huge1g, huge2m] = [links + n, links + 2 * n];
  return {
    links: new Uint8Array(buffer, links, n),
    table2: no_tables(n),
    table1: no_tables(regions),
    huge1g: new Uint8Array(buffer, huge1g, n),
    huge2m: new Uint8Array(buffer, huge2m, regions),
  };
}

const flags_in_view = (world: World): number => pages_1g(world) * (2 + world.fan_out);

/** What this element of `flag_bytes` represents: 2 for a 1G leaf, 1 for a 2M leaf, 0 for a link. */
export function size_of_flag({ views, world }: Reference, flag: number): 0 | 1 | 2 {
  const n = views.tdp.links.length;
  const in_view = flag % (n * (2 + world.fan_out));
  return in_view >= 2 * n ? 1 : in_view >= n ? 2 : 0;
}

/** Whether a root of L1 goes with the last vCPU that has loaded it, so that it matters who has. */
export const holders_are_counted = (contract: Contract, world: World): boolean =>
  contract.tdp_mmu && world.tdp_mmu && !contract.tdp_roots_outlive_their_vcpus;

/** The vCPUs that have loaded the roots of a VM with nothing mapped: all where the agent runs them, otherwise none. */
export const holders_at_first = (contract: Contract, world: World): number =>
  world.has_run && holders_are_counted(contract, world) ? all_vcpus(world) : 0;

/** What is each VM's own, as it begins. */
export const of_a_vm = (
  contract: Contract,
  world: World,
  { exempt, slot_zap_all, dirty_log }: OfAVm,
  never: boolean,
  last_pass: number,
) => ({
  exempt,
  slot_zap_all,
  dirty_log_mode: dirty_log,
  slots: made_of_each(world.slots, ({ as, home: region, backing, regions }) =>
    begin_reference_slot({ as: as ?? 0, region, backing, broken: none_set(regions) }),
  ),
  gpte_clean: { shadow: none_set(pages_1g(world)), shadow2: none_set(pages_1g(world)) },
  are_private: NO_GFNS,
  remapped: { shadow: 0, shadow2: 0 },
  standing: { shadow: 0, shadow2: 0 },
  written: { shadow: -1, shadow2: -1 },
  root_holders: holders_at_first(contract, world),
  // From 6.14 on the first KVM_RUN creates the worker.
  worker: !never && (!contract.worker_starts_at_first_run || world.has_run),
  last_pass,
});

/** A VM; or, beside `first`, a second VM with the current parameters. */
export function new_reference(contract: Contract, world: World, first: Reference | null = null): Reference {
  const flags = new Float64Array(Math.ceil((TREES.length * flags_in_view(world)) / 8));
  const view = (tree: Tree) => new_view(world, flags, TREES.indexOf(tree));
  const [shadow, shadow_clean] = [view('shadow'), view('shadow_clean')];
  // Field by field: V8 gives what a spread makes another shape.
  const with_small_tables_of = ({ table1 }: Mapped, { links, table2, huge1g, huge2m }: Mapped): Mapped => {
    return { links, table2, table1, huge1g, huge2m };
  };
  const second = ({ links, huge1g }: Mapped, { table2, table1, huge2m }: Mapped): Mapped => {
    return { links, table2, table1, huge1g, huge2m };
  };
  const shadow_2m = with_small_tables_of(shadow, view('shadow_2m'));
  const given = {
    contract,
    world,
    flags,
    flag_bytes: new Uint8Array(flags.buffer),
    views: {
      tdp: view('tdp'),
      smm: view('smm'),
      shadow,
      shadow2: second(view('shadow2'), shadow),
      shadow_clean,
      shadow2_clean: second(view('shadow2_clean'), shadow_clean),
      shadow_2m,
      shadow2_2m: second(view('shadow2_2m'), shadow_2m),
    },
  };
  const ref = begin_reference(given, of_a_vm(contract, world, AS_USUAL, first?.never ?? false, first?.now ?? 0));
  if (first !== null) share_reference(first, ref);
  return ref;
}

/**
 * THREAD: from 6.14, the VM's first KVM_RUN creates the worker, whose first period begins then. Signals only delay
 * this. A killed worker is not replaced, and with nx_huge_pages=never there is none.
 */
export function run_vcpu(ref: Reference): void {
  if (ref.worker || ref.killed || ref.never) return;
  ref.worker = true;
  ref.last_pass = ref.now;
}

/**
 * Whether a table follows the rules of the TDP MMU: L1's tables do, if the TDP MMU builds them. All others follow those
 * of the shadow MMU.
 */
export const is_tdp = (ref: Reference, tree: Tree) =>
  !is_nested(mmu_of_tree(tree)) && ref.contract.tdp_mmu && ref.world.tdp_mmu;

/**
 * The slot of this address space that has the region. Without an address space, the slot of either: host memory is the
 * same for both.
 */
export function slot_at(ref: Reference, region: number, as?: AddressSpace): Slot | null {
  for (const slot of ref.slots) {
    if (as !== undefined && slot.as !== as) continue;
    if (slot.region !== null && region >= slot.region && region < slot.region + slot.broken.length) return slot;
  }
  return null;
}

/**
 * The largest page that memory allows here: the backing's size, unless such a page would extend past the slot, or have both
 * private pages and others.
 */
export function backed_level(ref: Reference, slot: Slot, region: number): number {
  const from = slot.region ?? 0;
  const { are_private, world } = ref;
  const { fan_out } = world;
  if (slot.broken[region - from] || are_mixed(are_private, region * fan_out, fan_out)) return 1;
  const start = region - (region % fan_out);
  const fits = start >= from && start + fan_out <= from + slot.broken.length;
  const may_be_1g = fits && !are_mixed(are_private, start * fan_out, fan_out ** 2);
  return Math.min(backing_level(slot.backing), may_be_1g ? 3 : 2);
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
