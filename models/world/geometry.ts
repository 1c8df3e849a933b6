/** Which places of a world are equivalent, so that they may be swapped without any effect. */
import type { World } from './world';

/** A 2M region of a slot: its guest page at the slot's home, and at the place to which the slot may move. */
export interface Cell {
  readonly slot: number;
  /** Its number in the slot. */
  readonly region: number;
  readonly home: number;
  readonly away: number;
}

/** Cells of one slot under the same 1G pages. Any two of them may be swapped. */
export interface Block {
  readonly cells: readonly Cell[];
  /** The 1G pages in which it lies, at home and away. */
  readonly gigas: readonly number[];
  /** The block fills its 1G pages, so it may be swapped with another such block of its slot. */
  readonly whole: boolean;
}

/** The places of a world and which of them are equivalent. */
export interface Geometry {
  readonly world: World;
  /** Number of regions and of 1G pages in the address space. */
  readonly regions: number;
  readonly gigas: number;
  /** By slot. */
  readonly slots: readonly (readonly Block[])[];
  /** Regions and 1G pages outside all slots, at home and away. */
  readonly loose: readonly number[];
  readonly loose_gigas: readonly number[];
}

/** The geometry of a world with `gigas` 1G pages. Throws if two slots share a region: it must identify its slot. */
export function geometry_of(world: World, gigas: number): Geometry {
  const { fan_out } = world;
  const owner = new Map<number, number>();
  const claim = (region: number, cell: number) => {
    if ((owner.get(region) ?? cell) !== cell)
      throw new Error(`two slots of the world ${world.name} share region ${region}`);
    owner.set(region, cell);
  };
  const slots = world.slots.map(({ home, away, regions }, slot) => {
    const blocks = new Map<string, { cells: Cell[]; gigas: number[]; whole: boolean }>();
    for (let region = 0; region < regions; region++) {
      const cell = { slot, region, home: home + region, away: away + region };
      for (const region of [cell.home, cell.away]) claim(region, slot * 0x1_0000 + region);
      const under = [...new Set([Math.floor(cell.home / fan_out), Math.floor(cell.away / fan_out)])];
      const block = blocks.get(under.join()) ?? { cells: [], gigas: under, whole: false };
      block.cells.push(cell);
      block.whole = block.cells.length === fan_out;
      blocks.set(under.join(), block);
    }
    return [...blocks.values()];
  });
  const regions = gigas * fan_out;
  const loose = Array.from({ length: regions }, (_, region) => region).filter((region) => !owner.has(region));
  const owned = new Set(slots.flat().flatMap((block) => block.gigas));
  const loose_gigas = Array.from({ length: gigas }, (_, giga) => giga).filter((giga) => !owned.has(giga));
  return { world, regions, gigas, slots, loose, loose_gigas };
}

/** 0, 1, … up to, but not including, n. */
export const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
