/** What each place of a machine holds, as sums of hashes: what is alike adds up to the same, wherever it is. */

import type { kvm_memory_slot } from '../kernel/types';
import { type Block, type Geometry, geometry_of } from '../world/geometry';
import { pages_1g, type World } from '../world/world';
import { add_to, begin, clear, clear_one, is_empty, new_sums, put, put_sum, type Sums, store } from './hash';

const { floor } = Math;

/** What a hash is about: no two kinds of thing may be taken for each other. */
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
}

/** What is taken for each other where it is like each other: regions (with all that is in them), only 4K pages, … */
export type Symmetry = 'regions' | '4K pages' | 'nothing';

/** What each place holds, summed up; filled anew for each state. 4K pages, groups of them, regions, 1G pages, … */
export interface Places {
  readonly geometry: Geometry;
  readonly symmetry: Symmetry;
  /** What vCPUs have cached counts. While the page tables grant it all, it changes nothing but claims about itself. */
  readonly tlbs: boolean;
  readonly small: Sums;
  /** 4K pages that the shadow MMU's prefetch maps together. */
  readonly groups: Sums;
  /** Of 4K pages and groups, those that hold anything: most hold nothing. */
  readonly used: { readonly small: number[]; readonly groups: number[] };
  readonly regions: Sums;
  readonly gigas: Sums;
  /** By slot, `cells_per_slot` each. */
  readonly cells: Sums;
  readonly blocks: Sums;
  readonly slots: Sums;
  readonly cells_per_slot: number;
  /** By vCPU: whether it has anything cached, and the number it goes by in the hash. */
  readonly caches: boolean[];
  readonly label: number[];
  /** What each shadow page is, but for its place and its entries. */
  tags: Sums;
  /** Of another VM on the host, once there has been one. */
  beside: Places | null;
}

export function new_places(world: World, symmetry: Symmetry, tlbs: boolean): Places {
  const geometry = geometry_of(world, pages_1g(world));
  const cells_per_slot = Math.max(...world.slots.map(({ regions }) => regions));
  return {
    geometry,
    symmetry,
    tlbs,
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
  if (places.symmetry === 'nothing') put(gfn);
  if (is_empty(places.small, gfn)) places.used.small.push(gfn);
  add_to(places.small, gfn);
}

/** Adds the hash to a region, or to a 1G page. */
export function at_region(places: Places, region: number): void {
  if (places.symmetry !== 'regions') put(region);
  add_to(places.regions, region);
}

export function at_giga(places: Places, giga: number): void {
  if (places.symmetry !== 'regions') put(giga);
  add_to(places.gigas, giga);
}

/** Adds the hash to what a leaf of this level maps, from its first 4K page on. */
export function at_leaf(places: Places, level: number, gfn: number): void {
  const { fan_out } = places.geometry.world;
  if (level === 1) at_small(places, gfn);
  else if (level === 2) at_region(places, gfn / fan_out);
  else at_giga(places, gfn / fan_out / fan_out);
}

/** From 4K pages up to slots: what is alike is added up, so that it makes no difference which is which. */
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

/** Places in no slot are all different. */
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
