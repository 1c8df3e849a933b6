/** Which places of a world are like each other: what may change places without anybody noticing. */
import type { World } from './world';

/** A 2M region of a slot: its guest page at the slot's home, and at the place the slot may move to. */
export interface Cell {
  readonly slot: number;
  /** Its number in the slot. */
  readonly region: number;
  readonly home: number;
  readonly away: number;
}

/** Cells of one slot under the same 1G pages: any two of them may change places. */
export interface Block {
  readonly cells: readonly Cell[];
  /** The 1G pages it lies in, at home and away. */
  readonly gigas: readonly number[];
  /** Fills its 1G pages: may change places with another such block of its slot. */
  readonly whole: boolean;
}

export interface Geometry {
  readonly world: World;
  /** Regions and 1G pages of address space. */
  readonly regions: number;
  readonly gigas: number;
  /** By slot. */
  readonly slots: readonly (readonly Block[])[];
  /** Pages in no slot, at home or away. */
  readonly loose: readonly number[];
  readonly loose_gigas: readonly number[];
}

/** Throws if two slots may lie at one place: then nothing could be told apart by its slot. */
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

/** 0, 1, … up to n, not including it. */
export const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
