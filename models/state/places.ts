/** The content of each place of a machine as a sum of hashes: equal contents have equal sums, wherever they are. */

import type { kvm_memory_slot } from '../kernel/types';
import { type Block, type Geometry, geometry_of } from '../world/geometry';
import { pages_1g, type World } from '../world/world';
import { add_to, begin, clear, clear_one, is_empty, new_sums, put, put_sum, type Sums, store } from './hash';

const { floor } = Math;

/** The kind of thing that a hash is about, so that things of different kinds are hashed differently. */
export enum Kind {
  Tag = 1,
  Leaf,
  Table,
  Tlb,
  RefTable,
  RefLeaf,
  Diverged,
  Operation,
  Clean,
  Below,
  Loose,
  Cell,
  Block,
  Machine,
  Private,
}

/** What the fingerprint merges if contents are equal: regions (with all that is in them), only 4K pages, or nothing. */
export type Symmetry = 'regions' | '4K pages' | 'nothing';

/** The sum of each place; filled again for each state. Places are 4K pages, groups of them, regions, 1G pages, … */
export interface Places {
  readonly geometry: Geometry;
  readonly symmetry: Symmetry;
  /**
   * TLB entries are part of the state. While the page tables grant all that TLBs hold, they influence only properties
   * about TLBs themselves.
   */
  readonly tlbs: boolean;
  /** Which vCPUs have loaded the roots is part of the state. It matters only to commands that let go of roots, or find them obsolete. */
  readonly holders: boolean;
  /** In the state with which the places are filled, the order of 4K pages and regions matters: see is_ordered(). */
  ordered: boolean;
  readonly small: Sums;
  /** Groups of 4K pages that the shadow MMU's prefetch maps together. */
  readonly groups: Sums;
  /** The 4K pages and groups that are not empty. Most are empty. */
  readonly used: { readonly small: number[]; readonly groups: number[] };
  readonly regions: Sums;
  readonly gigas: Sums;
  /** By slot, with `cells_per_slot` for each slot. */
  readonly cells: Sums;
  readonly blocks: Sums;
  readonly slots: Sums;
  readonly cells_per_slot: number;
  /** By vCPU: whether it has cached entries or a paused command, and its number in the hash. */
  readonly caches: boolean[];
  readonly label: number[];
  /** The hash of each shadow page without its place and its entries. */
  tags: Sums;
  /** The places of the other VM on the host, once there has been one. */
  beside: Places | null;
}

/** Empty places of a world. */
export function new_places(world: World, symmetry: Symmetry, tlbs: boolean, holders = true): Places {
  const geometry = geometry_of(world, pages_1g(world));
  const cells_per_slot = Math.max(...world.slots.map(({ regions }) => regions));
  return {
    geometry,
    symmetry,
    tlbs,
    holders,
    ordered: false,
    small: new_sums(geometry.regions * world.fan_out),
    groups: new_sums(geometry.regions * groups_in(world)),
    used: { small: [], groups: [] },
    regions: new_sums(geometry.regions),
    gigas: new_sums(geometry.gigas),
    cells: new_sums(world.slots.length * cells_per_slot),
    blocks: new_sums(world.slots.length * cells_per_slot),
    slots: new_sums(world.slots.length),
    cells_per_slot,
    caches: new Array<boolean>(world.vcpus).fill(false),
    label: [],
    tags: new_sums(64),
    beside: null,
  };
}

/** Number of groups in a region. */
export const groups_in = ({ fan_out, prefetch }: World): number => Math.ceil(fan_out / prefetch);

/** Empties all places. */
export function clear_places({ small, groups, regions, gigas, blocks, slots, used }: Places): void {
  for (let i = 0; i < used.small.length; i++) clear_one(small, used.small[i] as number);
  for (let i = 0; i < used.groups.length; i++) clear_one(groups, used.groups[i] as number);
  used.small.length = 0;
  used.groups.length = 0;
  clear(regions);
  clear(gigas);
  clear(blocks);
  clear(slots);
}

function at_small(places: Places, gfn: number): void {
  if (places.symmetry === 'nothing' || places.ordered) put(gfn);
  if (is_empty(places.small, gfn)) places.used.small.push(gfn);
  add_to(places.small, gfn);
}

/** Adds the hash to a region; at_giga() to a 1G page. */
export function at_region(places: Places, region: number): void {
  if (places.symmetry !== 'regions' || places.ordered) put(region);
  add_to(places.regions, region);
}

export function at_giga(places: Places, giga: number): void {
  if (places.symmetry !== 'regions' || places.ordered) put(giga);
  add_to(places.gigas, giga);
}

/** Adds the hash to the place that a leaf of this level maps. `gfn` is its first 4K page. */
export function at_leaf(places: Places, level: number, gfn: number): void {
  const { fan_out } = places.geometry.world;
  if (level === 1) at_small(places, gfn);
  else if (level === 2) at_region(places, gfn / fan_out);
  else at_giga(places, gfn / fan_out / fan_out);
}

/** Sums up from 4K pages to slots. The sums make equivalent places interchangeable. */
export function sum_up(places: Places, memslots: readonly kvm_memory_slot[]): void {
  const { geometry, regions, gigas } = places;
  sum_4k_pages(places);
  for (const slot of memslots) sum_slot(places, slot);
  for (const region of geometry.loose) add_loose(places, regions, region);
  for (const giga of geometry.loose_gigas) add_loose(places, gigas, giga);
}

function sum_4k_pages({ geometry, small, groups, regions, used }: Places): void {
  const { fan_out, prefetch } = geometry.world;
  const per_region = groups_in(geometry.world);
  for (let i = 0; i < used.small.length; i++) {
    const gfn = used.small[i] as number;
    const group = floor(gfn / fan_out) * per_region + floor((gfn % fan_out) / prefetch);
    if (is_empty(groups, group)) used.groups.push(group);
    add_below(small, gfn, groups, group);
  }
  for (let i = 0; i < used.groups.length; i++) {
    const group = used.groups[i] as number;
    add_below(groups, group, regions, floor(group / per_region));
  }
}

function sum_slot(places: Places, { id, broken }: kvm_memory_slot): void {
  const { geometry, regions, gigas, cells, blocks, slots } = places;
  const first = id * places.cells_per_slot;
  const of_slot = geometry.slots[id] ?? [];
  for (let nth = 0; nth < of_slot.length; nth++) {
    const block = of_slot[nth] as Block;
    for (const { region, home, away } of block.cells) {
      begin(Kind.Cell);
      if (places.symmetry !== 'regions') put(region);
      put(Number(broken[region]));
      put_sum(regions, home);
      put_sum(regions, away);
      store(cells, first + region);
      add_below(cells, first + region, blocks, first + nth);
    }
    begin(Kind.Block);
    put_sum(blocks, first + nth);
    for (const giga of block.gigas) put_sum(gigas, giga);
    store(blocks, first + nth);
    begin(Kind.Below);
    put_sum(blocks, first + nth);
    if (!block.whole || places.symmetry !== 'regions') put(nth + 1);
    add_to(slots, id);
  }
}

/** Places outside all slots are all different. */
function add_loose({ slots }: Places, from: Sums, at: number): void {
  begin(Kind.Loose);
  put(at);
  put_sum(from, at);
  add_to(slots, 0);
}

function add_below(from: Sums, at: number, to: Sums, above: number): void {
  begin(Kind.Below);
  put_sum(from, at);
  add_to(to, above);
}
