/** Lists beside their counters, and what the reference counts, after each command. */
import { useMemo } from 'preact/hooks';
import type { Frame, ListSeen } from '../../models/lockstep/frames';

const WIDTH = 420;
const HEIGHT = 120;
const LEFT = 26;
const BOTTOM = 20;
const KINDS = ['listed', 'counter', 'splits'] as const;
type Kind = (typeof KINDS)[number];
const NAMES: Readonly<Record<Kind, string>> = {
  listed: 'on the list',
  counter: 'its counter',
  splits: 'reference counts',
};

/** A counter that has wrapped around is drawn below zero. */
function value(list: ListSeen | undefined, kind: Kind): number | null {
  const is = list?.[kind] ?? null;
  if (is === null) return null;
  const big = BigInt(is);
  return Number(big > 2n ** 63n ? big - 2n ** 64n : big);
}

function Line(props: { kind: Kind; values: readonly (number | null)[]; x(i: number): number; y(n: number): number }) {
  const { kind, values, x, y } = props;
  const path = values
    .map((is, i) => (is === null ? '' : `${i > 0 && values[i - 1] !== null ? 'L' : 'M'}${x(i)} ${y(is)}`))
    .join(' ');
  const size = 3.4;
  return (
    <g>
      <path class={kind} d={path} />
      {values.map((is, i) =>
        is === null ? null : kind === 'listed' ? (
          <circle key={i} class={kind} cx={x(i)} cy={y(is)} r={size} />
        ) : (
          <path
            key={i}
            class={`mark ${kind}`}
            d={kind === 'counter' ? `M${x(i) - 4} ${y(is) - 4}h8v8h-8z` : `M${x(i)} ${y(is) - 6}l6 10h-12z`}
          />
        ),
      )}
    </g>
  );
}

/** Where things are in the plot of a list. */
function scale_of(frames: readonly Frame[], list: number) {
  const series = KINDS.map((kind) => frames.map(({ lists }) => value(lists[list], kind)));
  const all = series.flat().filter((is) => is !== null);
  const top = Math.max(1, ...all);
  const low = Math.min(0, ...all);
  const x = (i: number) => LEFT + 8 + (i * (WIDTH - LEFT - 20)) / Math.max(1, frames.length - 1);
  const y = (n: number) => HEIGHT - BOTTOM - ((n - low) * (HEIGHT - BOTTOM - 10)) / (top - low);
  return { series, top, low, x, y };
}

function Plot(props: { frames: readonly Frame[]; list: number; at: number }) {
  const { frames, list, at } = props;
  // Of a step to the next, only the line at the current one moves.
  const { curves, x } = useMemo(() => {
    const { series, top, low, x, y } = scale_of(frames, list);
    const curves = (
      <g>
        {[low, top].map((n) => (
          <g key={n}>
            <line class="axis" x1={LEFT} x2={WIDTH} y1={y(n)} y2={y(n)} />
            <text class="note" x={LEFT - 6} y={y(n) + 4} text-anchor="end">
              {n}
            </text>
          </g>
        ))}
        {[...KINDS].reverse().map((kind) => (
          <Line key={kind} kind={kind} values={series[KINDS.indexOf(kind)] ?? []} x={x} y={y} />
        ))}
        {frames.map((_, i) => (
          <text key={i} class="note" x={x(i)} y={HEIGHT - 4} text-anchor="middle">
            {frames.length <= 20 || i % 5 === 0 ? i + 1 : ''}
          </text>
        ))}
      </g>
    );
    return { curves, x };
  }, [frames, list]);
  const name = frames[0]?.lists[list]?.name ?? '';
  const now = frames[at]?.lists[list];
  const words = KINDS.map((kind) => `${NAMES[kind]} ${now?.[kind] ?? 'unknown'}`).join(', ');
  return (
    <div>
      <h4>{name === 'all' ? 'The list' : `List ${name}`}</h4>
      <svg
        class="plot"
        role="img"
        aria-label={`List ${name} after command ${at + 1}: ${words}`}
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        width="100%"
      >
        <line class="now" x1={x(at)} x2={x(at)} y1={0} y2={HEIGHT - BOTTOM} />
        {curves}
      </svg>
    </div>
  );
}

/** The plots of all lists, and their numbers after command `at`. `model`: its name, where a kernel is beside it. */
export function Lists(props: { frames: readonly Frame[]; at: number; model: string | null }) {
  const { frames, at, model } = props;
  const frame = frames[at];
  if (!frame) return null;
  return (
    <section class="card" aria-label="Lists and counters">
      <h3>Lists and counters{model !== null && ` of the model, ${model}`}</h3>
      {model !== null && <p class="soft">Userspace cannot see those of the kernel.</p>}
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">list</th>
              <th scope="col" class="number">
                listed ●
              </th>
              <th scope="col" class="number">
                counter ■
              </th>
              <th scope="col" class="number">
                reference ▲
              </th>
            </tr>
          </thead>
          <tbody>
            {frame.lists.map(({ name, listed, counter, splits }) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{listed ?? 'corrupted'}</td>
                <td class="number">{counter}</td>
                <td class="number">{splits ?? '?'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {frame.lists.map(({ name }, i) => (
        <Plot key={name} frames={frames} list={i} at={at} />
      ))}
      <p class="soft">
        nx_lpage_splits {frame.stat}
        {frame.passes.flatMap(({ direct, lists }) =>
          lists.map(
            ({ name, to_zap, taken }) =>
              `; a pass ${direct ? 'by the command' : 'by the clock'}, list ${name}: to_zap ${to_zap}, taken ${taken}`,
          ),
        )}
      </p>
    </section>
  );
}
