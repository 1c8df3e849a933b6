/** The page tables of one side as a map: a row for each MMU, a box for each 1G page, a cell for each 2M region. */
import type { Frame } from '../../models/lockstep/frames';
import type { Mmu } from '../../models/world/world';
import { Kept } from './kept';
import {
  type Differing,
  DRAWN_WHOLE,
  list_name,
  type Places,
  type Region,
  region_of,
  type Side,
  table_text,
  tables_at,
} from './regions';

const CELL = 62;
const HEIGHT = 92;
const TOP = 18;
/** Of what is said of the table above. */
const WORDS = 160;

export const MMU_NAMES: Readonly<Record<Mmu, string>> = {
  tdp: 'tdp: the guest (L1)',
  shadow: 'shadow: a nested guest (L2)',
  smm: 'smm: the guest in system management mode',
  shadow2: 'shadow2: a second nested guest',
};

/** The 4K pages of a region: one by one, or how many where there are too many to see. */
function Small({ small, fan_out }: { small: ReadonlySet<number>; fan_out: number }) {
  const step = (CELL - 12) / fan_out;
  if (fan_out > DRAWN_WHOLE)
    return (
      <>
        <rect class="empty" x={6} y={8} width={CELL - 12} height={30} />
        {[...small].map((offset) => (
          <rect key={offset} class="level1" x={6 + offset * step} y={8} width={Math.max(step, 2)} height={16} />
        ))}
        <text class="note" x={CELL / 2} y={34} text-anchor="middle">
          {small.size > 0 ? `${small.size} × 4K` : ''}
        </text>
      </>
    );
  return (
    <>
      {Array.from({ length: fan_out }, (_, i) => (
        <rect key={i} class={small.has(i) ? 'level1' : 'empty'} x={6 + i * step} y={8} width={step} height={30} />
      ))}
    </>
  );
}

function cell(region: number, { leaf, small, tables }: Region, frame: Frame, differs: boolean) {
  const [table] = tables;
  const split = tables.find(({ list }) => list !== null);
  const cut = tables.some((one) => !one.linked);
  return (
    <>
      <rect class={leaf === 0 ? 'cell' : leaf > 1 ? `level${leaf}` : 'empty'} width={CELL} height={46} />
      {leaf > 1 && (
        <text class="in" x={CELL / 2} y={28} text-anchor="middle">
          {leaf === 2 ? '2M' : '1G'}
        </text>
      )}
      {(leaf === 1 || table) && <Small small={small} fan_out={frame.fan_out} />}
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
      {split && (
        <text class="note" x={CELL / 2} y={73} text-anchor="middle">
          {`on ${list_name(frame, split.list)}`}
        </text>
      )}
      {differs && (
        <text class="differs-text" x={CELL - 5} y={40} text-anchor="end">
          ≠
        </text>
      )}
    </>
  );
}

/** One 1G page. */
function giga_box(
  title: string,
  mmu: Mmu,
  regions: readonly number[],
  seen: readonly Region[],
  over: string,
  frame: Frame,
  differ: ReadonlySet<number>,
) {
  const width = Math.max(regions.length * CELL, over === '' ? 0 : WORDS) + 2;
  const words = seen.map(({ text }, i) => `${regions[i]}: ${text}`).join('; ');
  const range = regions.length > 1 ? `regions ${regions[0]} to ${regions.at(-1)}` : `region ${regions[0]}`;
  return (
    <svg
      role="img"
      width={width}
      height={HEIGHT + 18}
      viewBox={`-1 0 ${width} ${HEIGHT + 18}`}
      aria-label={`${title}, ${mmu}, ${range}: ${words}${over && `. Above them: ${over}`}`}
    >
      {seen.map((one, i) => {
        const region = regions[i] ?? 0;
        const differs = differ.has(region);
        return (
          <g key={region} transform={`translate(${i * CELL} ${TOP})`}>
            <Kept is={`${one.key} ${differs}`} draw={() => cell(region, one, frame, differs)} />
          </g>
        );
      })}
      {over !== '' && (
        <text class="note" x={0} y={HEIGHT + 14}>
          {`1G page: ${over}`}
        </text>
      )}
    </svg>
  );
}

/** One side. `differ`: the cells that are not the same on the other. */
export function PageMap(props: {
  title: string;
  side: Side;
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
            {gigas.map(({ giga, regions }) => {
              const seen = regions.map((region) => region_of(frame, side, mmu, region));
              const over = tables_at(frame[side], mmu, 2, giga)
                .map((one) => table_text(frame, one))
                .join('; ');
              const differing = new Set(differ.filter((one) => one.mmu === mmu).map(({ region }) => region));
              const is = `${over} ${seen.map(({ key, text }, i) => `${key} ${text} ${differing.has(regions[i] ?? -1)}`)}`;
              return (
                <Kept key={giga} is={is} draw={() => giga_box(title, mmu, regions, seen, over, frame, differing)} />
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
