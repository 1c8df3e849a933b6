/** The page tables of one side as a map: a row for each MMU, a box for each 1G page, a cell for each 2M region. */
import type { Frame, LeafSeen, SideSeen, TableSeen } from '../../models/lockstep/frames';
import { MMUS, type Mmu, mmu_of_tree, SMALL_WORLD, type Tree } from '../../models/world/world';

const FAN_OUT = SMALL_WORLD.fan_out;
const CELL = 62;
const HEIGHT = 92;
const TOP = 18;

export const MMU_NAMES: Readonly<Record<Mmu, string>> = {
  tdp: 'tdp: the guest (L1)',
  shadow: 'shadow: a nested guest (L2)',
  smm: 'smm: the guest in system management mode',
  shadow2: 'shadow2: a second nested guest',
};

/** Whose tables these are: below the roots, both nested guests'. */
const below_root = (mmu: Mmu): Mmu => (mmu === 'shadow2' ? 'shadow' : mmu);

interface Region {
  readonly leaf: 0 | 1 | 2 | 3;
  /** Of 4K pages: which are mapped. */
  readonly small: readonly boolean[];
  readonly tables: readonly TableSeen[];
}

function region_of(side: SideSeen, mmu: Mmu, region: number): Region {
  const giga = region - (region % FAN_OUT);
  const mine = (leaf: LeafSeen) => (leaf.level === 3 ? leaf.mmu === mmu : leaf.mmu === below_root(mmu));
  const leaves = side.leaves.filter(mine);
  const small = Array.from({ length: FAN_OUT }, (_, offset) =>
    leaves.some((leaf) => leaf.level === 1 && leaf.region === region && leaf.offset === offset),
  );
  const at = (level: number, first: number) => leaves.some((leaf) => leaf.level === level && leaf.region === first);
  const leaf = at(3, giga) ? 3 : at(2, region) ? 2 : small.includes(true) ? 1 : 0;
  return { leaf, small, tables: tables_at(side, mmu, 1, region) };
}

const tables_at = ({ tables }: SideSeen, mmu: Mmu, level: number, region: number): TableSeen[] =>
  tables.filter(
    (table) => table.level === level && table.region === region && mmu_of_tree(table.tree) === below_root(mmu),
  );

const list_name = (frame: Frame, list: number | null): string | null =>
  list === null ? null : (frame.lists[list]?.name ?? String(list));

const clean = (tree: Tree): string => (tree.endsWith('_clean') ? ', read-only' : '');

/** What is said of a table: what it is, and where it hangs. */
function table_text(frame: Frame, { flagged, list, linked, tree }: TableSeen): string {
  const name = list_name(frame, list);
  const words = [
    name === null ? 'table' : 'split',
    name === null ? '' : `on list ${name}`,
    name === null && flagged ? 'flagged' : '',
    linked ? '' : 'cut off',
  ];
  return words.filter((word) => word).join(', ') + clean(tree);
}

/** A region in words, for comparing and for who does not see it. */
function region_text(frame: Frame, { leaf, small, tables }: Region): string {
  const count = small.filter((set) => set).length;
  const maps = ['nothing', `${count} of ${FAN_OUT} 4K pages`, '2M', '1G'][leaf];
  const table = tables.map((one) => table_text(frame, one)).join('; ');
  return `${maps}${table && ` (${table})`}`;
}

/** What must be the same on both sides. */
const to_compare = ({ leaf, small, tables }: Region): string =>
  `${leaf} ${small} ${tables.map(({ list, tree, linked }) => `${tree} ${list} ${linked}`).sort()}`;

export interface Differing {
  readonly mmu: Mmu;
  readonly region: number;
  readonly text: string;
}

/** Where the two sides differ, in the MMUs and 1G pages that are shown. */
export function differences(frame: Frame, places: Places): Differing[] {
  if (!frame.comparable) return [];
  return places.flatMap(({ mmu, gigas }) =>
    gigas.flatMap((giga) =>
      Array.from({ length: FAN_OUT }, (_, i) => giga + i).flatMap((region) => {
        const [ours, theirs] = [frame.implementation, frame.reference].map((side) => region_of(side, mmu, region));
        if (!ours || !theirs || to_compare(ours) === to_compare(theirs)) return [];
        const text = `${mmu}, region ${region}: the implementation has ${region_text(frame, ours)}; the reference, ${region_text(frame, theirs)}`;
        return [{ mmu, region, text }];
      }),
    ),
  );
}

export type Places = readonly { readonly mmu: Mmu; readonly gigas: readonly number[] }[];

/** The MMUs and 1G pages in which anything stands in any of these frames: the map of all of them has the same places. */
export function places_of(frames: readonly Frame[]): Places {
  const used = new Map<Mmu, Set<number>>();
  const note = (mmu: Mmu, region: number) => {
    const gigas = used.get(mmu) ?? new Set();
    used.set(mmu, gigas.add(region - (region % FAN_OUT)));
  };
  for (const { implementation, reference } of frames) {
    for (const { tables, leaves } of [implementation, reference]) {
      for (const { tree, region } of tables) note(mmu_of_tree(tree), region);
      for (const { mmu, region } of leaves) note(mmu, region);
    }
  }
  return MMUS.flatMap((mmu) => {
    const gigas = used.get(mmu);
    return gigas ? [{ mmu, gigas: [...gigas].sort((a, b) => a - b) }] : [];
  });
}

function Cell(props: { x: number; region: number; seen: Region; frame: Frame; differs: boolean }) {
  const { x, region, seen, frame, differs } = props;
  const { leaf, small, tables } = seen;
  const [table] = tables;
  const split = tables.some((one) => one.list !== null);
  const cut = tables.some((one) => !one.linked);
  const step = (CELL - 12) / FAN_OUT;
  return (
    <g transform={`translate(${x} ${TOP})`}>
      <rect class={leaf === 0 ? 'cell' : leaf > 1 ? `level${leaf}` : 'empty'} width={CELL} height={46} />
      {leaf > 1 && (
        <text class="in" x={CELL / 2} y={28} text-anchor="middle">
          {leaf === 2 ? '2M' : '1G'}
        </text>
      )}
      {(leaf === 1 || table) &&
        small.map((set, i) => (
          <rect key={i} class={set ? 'level1' : 'empty'} x={6 + i * step} y={8} width={step} height={30} />
        ))}
      {table && (
        <rect
          class={`table${split ? ' split' : ''}${cut ? ' cut' : ''}`}
          x={3}
          y={5}
          width={CELL - 6}
          height={36}
          rx={3}
        />
      )}
      {differs && <rect class="differs" x={1} y={1} width={CELL - 2} height={44} />}
      <text class="note" x={CELL / 2} y={-5} text-anchor="middle">
        {region}
      </text>
      {table && (
        <text class={split ? '' : 'note'} x={CELL / 2} y={60} text-anchor="middle">
          {split ? 'split' : 'table'}
        </text>
      )}
      {tables.some(({ list }) => list !== null) && (
        <text class="note" x={CELL / 2} y={73} text-anchor="middle">
          {`on ${list_name(frame, tables.find(({ list }) => list !== null)?.list ?? null)}`}
        </text>
      )}
      {differs && (
        <text class="differs-text" x={CELL - 5} y={40} text-anchor="end">
          ≠
        </text>
      )}
    </g>
  );
}

/** One side. `differ`: the cells that are not the same on the other. */
export function PageMap(props: {
  title: string;
  side: 'implementation' | 'reference';
  frame: Frame;
  places: Places;
  differ: readonly Differing[];
}) {
  const { title, side, frame, places, differ } = props;
  return (
    <section class="card" aria-label={`Page tables: ${title}`}>
      <h3>{title}</h3>
      {places.length === 0 && <p class="soft">Nothing is mapped.</p>}
      {places.map(({ mmu, gigas }) => (
        <div class="tree" key={mmu}>
          <h4>{MMU_NAMES[mmu]}</h4>
          <div class="gigas">
            {gigas.map((giga) => {
              const regions = Array.from({ length: FAN_OUT }, (_, i) => giga + i);
              const seen = regions.map((region) => region_of(frame[side], mmu, region));
              const above = tables_at(frame[side], mmu, 2, giga);
              const words = seen.map((one, i) => `${giga + i}: ${region_text(frame, one)}`).join('; ');
              const over = above.map((one) => table_text(frame, one)).join('; ');
              const width = FAN_OUT * CELL + 2;
              return (
                <svg
                  key={giga}
                  role="img"
                  width={width}
                  height={HEIGHT + 18}
                  viewBox={`-1 0 ${width} ${HEIGHT + 18}`}
                  aria-label={`${title}, ${mmu}, regions ${giga} to ${giga + FAN_OUT - 1}: ${words}${over && `. Above them: ${over}`}`}
                >
                  {seen.map((one, i) => (
                    <Cell
                      key={regions[i]}
                      x={i * CELL}
                      region={giga + i}
                      seen={one}
                      frame={frame}
                      differs={differ.some((other) => other.mmu === mmu && other.region === giga + i)}
                    />
                  ))}
                  {over !== '' && (
                    <text class="note" x={0} y={HEIGHT + 14}>
                      {`1G page: ${over}`}
                    </text>
                  )}
                </svg>
              );
            })}
          </div>
        </div>
      ))}
    </section>
  );
}

export const Key = () => (
  <div class="key">
    <span>
      <i class="swatch" style="background: var(--small)" />
      4K pages of a table
    </span>
    <span>
      <i class="swatch" style="background: var(--large)" />
      2M page
    </span>
    <span>
      <i class="swatch" style="background: var(--giant)" />
      1G page
    </span>
    <span>thick frame: NX split</span>
    <span>dashed thin frame: cut off</span>
    <span>
      <i class="swatch" style="border: 2px dashed var(--differs)" />≠ the sides differ
    </span>
  </div>
);
