/** What stands in each 2M region of a frame, on both sides: worked out once a frame, and compared. */
import type { Frame, LeafSeen, SideSeen, TableSeen } from '../../models/lockstep/frames';
import { MMUS, type Mmu, mmu_of_tree, type Tree } from '../../models/world/world';

export type Side = 'implementation' | 'reference';

export interface Region {
  /** What maps it: nothing, 4K pages, a 2M page, a 1G page. */
  readonly leaf: 0 | 1 | 2 | 3;
  /** Of 4K pages: which are mapped. */
  readonly small: ReadonlySet<number>;
  readonly tables: readonly TableSeen[];
  /** In words, for who does not see it. */
  readonly text: string;
  /** Two regions with the same key look the same. */
  readonly key: string;
}

/** The MMUs in which anything stands in any of the frames, and the regions that are drawn of each 1G page. */
export type Places = readonly {
  readonly mmu: Mmu;
  readonly gigas: readonly { readonly giga: number; readonly regions: readonly number[] }[];
}[];

/** Worlds of smaller tables are drawn whole: every region of a 1G page, every 4K page of a region. */
export const DRAWN_WHOLE = 8;

/** Whose tables these are: below the roots, both nested guests'. */
const below_root = (mmu: Mmu): Mmu => (mmu === 'shadow2' ? 'shadow' : mmu);

export const giga_of = (region: number, fan_out: number): number => region - (region % fan_out);

interface Index {
  readonly leaves: ReadonlyMap<string, readonly LeafSeen[]>;
  readonly tables: ReadonlyMap<string, readonly TableSeen[]>;
  readonly regions: Map<string, Region>;
}

const indexes = new WeakMap<SideSeen, Index>();

function grouped<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = key(one);
    const group = groups.get(name);
    if (group) group.push(one);
    else groups.set(name, [one]);
  }
  return groups;
}

function index_of(side: SideSeen): Index {
  const known = indexes.get(side);
  if (known) return known;
  const index: Index = {
    leaves: grouped(side.leaves, ({ mmu, level, region }) => `${mmu} ${level} ${region}`),
    tables: grouped(side.tables, ({ tree, level, region }) => `${below_root(mmu_of_tree(tree))} ${level} ${region}`),
    regions: new Map(),
  };
  indexes.set(side, index);
  return index;
}

/** The tables of this level that begin at this region. */
export const tables_at = (side: SideSeen, mmu: Mmu, level: number, region: number): readonly TableSeen[] =>
  index_of(side).tables.get(`${below_root(mmu)} ${level} ${region}`) ?? [];

/** What stands in a region. */
export function region_of(frame: Frame, side: Side, mmu: Mmu, region: number): Region {
  const index = index_of(frame[side]);
  const name = `${mmu} ${region}`;
  const known = index.regions.get(name);
  if (known) return known;
  const small = new Set(index.leaves.get(`${below_root(mmu)} 1 ${region}`)?.map(({ offset }) => offset));
  const has = (owner: Mmu, level: number, first: number) => index.leaves.has(`${owner} ${level} ${first}`);
  const leaf = has(mmu, 3, giga_of(region, frame.fan_out))
    ? 3
    : has(below_root(mmu), 2, region)
      ? 2
      : small.size > 0
        ? 1
        : 0;
  const tables = tables_at(frame[side], mmu, 1, region);
  const maps = ['nothing', `${small.size} of ${frame.fan_out} 4K pages`, '2M', '1G'][leaf];
  const over = tables.map((one) => table_text(frame, one)).join('; ');
  const seen: Region = {
    leaf,
    small,
    tables,
    text: `${maps}${over && ` (${over})`}`,
    key: `${leaf} ${[...small].sort((a, b) => a - b)} ${tables.map(({ list, tree, linked }) => `${tree} ${list} ${linked}`).sort()}`,
  };
  index.regions.set(name, seen);
  return seen;
}

export const list_name = (frame: Frame, list: number | null): string | null =>
  list === null ? null : (frame.lists[list]?.name ?? String(list));

const clean = (tree: Tree): string => (tree.endsWith('_clean') ? ', read-only' : '');

/** What is said of a table: what it is, and where it hangs. */
export function table_text(frame: Frame, { flagged, list, linked, tree }: TableSeen): string {
  const name = list_name(frame, list);
  const words = [
    name === null ? 'table' : 'split',
    name === null ? '' : `on list ${name}`,
    name === null && flagged ? 'flagged' : '',
    linked ? '' : 'cut off',
  ];
  return words.filter((word) => word).join(', ') + clean(tree);
}

export interface Differing {
  readonly mmu: Mmu;
  readonly region: number;
  readonly text: string;
}

/** Where the two sides differ, in the places that are drawn. */
export function differences(frame: Frame, places: Places): Differing[] {
  if (!frame.comparable) return [];
  return places.flatMap(({ mmu, gigas }) =>
    gigas.flatMap(({ regions }) =>
      regions.flatMap((region) => {
        const ours = region_of(frame, 'implementation', mmu, region);
        const theirs = region_of(frame, 'reference', mmu, region);
        if (ours.key === theirs.key) return [];
        const text = `${mmu}, region ${region}: the implementation has ${ours.text}; the reference, ${theirs.text}`;
        return [{ mmu, region, text }];
      }),
    ),
  );
}

/** The same places for all frames of a run, so that nothing moves from step to step. */
export function places_of(frames: readonly Frame[]): Places {
  const fan_out = frames[0]?.fan_out ?? 1;
  const used = new Map<Mmu, Set<number>>();
  const note = (mmu: Mmu, region: number) => {
    const regions = used.get(mmu) ?? new Set();
    used.set(mmu, regions.add(region));
  };
  for (const { implementation, reference } of frames) {
    for (const { tables, leaves } of [implementation, reference]) {
      for (const { tree, region } of tables) note(mmu_of_tree(tree), region);
      for (const { mmu, region } of leaves) note(mmu, region);
    }
  }
  const whole = (giga: number) => Array.from({ length: fan_out }, (_, i) => giga + i);
  return MMUS.flatMap((mmu) => {
    const regions = [...(used.get(mmu) ?? [])].sort((a, b) => a - b);
    if (regions.length === 0) return [];
    const gigas = [...new Set(regions.map((region) => giga_of(region, fan_out)))].map((giga) => {
      const mine = regions.filter((region) => giga_of(region, fan_out) === giga);
      return { giga, regions: fan_out <= DRAWN_WHOLE ? whole(giga) : mine };
    });
    return [{ mmu, gigas }];
  });
}
