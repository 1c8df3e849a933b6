/** Interleaved commands as lanes: a column a thread, a row a command; where one is paused its lane is dashed. */
import { useMemo } from 'preact/hooks';
import type { Frame } from '../../models/lockstep/frames';

interface Lane {
  readonly runs: boolean;
  readonly paused: Frame['paused'][number] | undefined;
  /** It was paused before this command, and is not any more. */
  readonly ends: boolean;
  /** Where several end: its turn, from 1; null elsewhere. */
  readonly turn: number | null;
}

/** The threads that ran or were paused, and what each did at each command. Null where nothing was ever paused. */
export function lanes_of(
  frames: readonly Frame[],
  commands: number,
): { readonly threads: readonly string[]; readonly rows: readonly (readonly Lane[])[] } | null {
  if (frames.every(({ paused }) => paused.length === 0)) return null;
  const running = frames.map((frame, i) => (i < commands ? frame.running : null));
  const all = frames.flatMap(({ paused }, i) => [running[i] ?? [], ...paused.map(({ thread }) => thread)].flat());
  const threads = [...new Set(all)];
  const rows = frames.map((frame, i) =>
    threads.map((thread): Lane => {
      const paused = frame.paused.find((one) => one.thread === thread);
      const waiting = frames[i - 1]?.paused.map((one) => one.thread) ?? [];
      const ends = waiting.includes(thread) && !paused;
      const turn = ends && i >= commands && waiting.length > 1 ? waiting.indexOf(thread) + 1 : null;
      return { runs: running[i] === thread, paused, ends, turn };
    }),
  );
  return { threads, rows };
}

const held = (holds: string): string => (holds === 'no lock' ? 'holds no lock' : `holds ${holds}`);

function Cell({ lane: { runs, paused, ends, turn }, text }: { lane: Lane; text: string }) {
  const line = paused ? 'paused' : runs ? 'runs' : ends ? 'ends' : 'idle';
  return (
    <td class={`lane ${line}`}>
      {runs && <code>{text}</code>}
      {paused && (
        <small>
          ‖ {runs ? 'stops' : 'paused'} at <abbr title={paused.means}>{paused.at}</abbr>,{' '}
          <strong>{held(paused.holds)}</strong>
        </small>
      )}
      {ends && !runs && <small>→ goes on{turn === null ? '' : ` as number ${turn}`}, and ends</small>}
    </td>
  );
}

export function Lanes({ frames, texts, at }: { frames: readonly Frame[]; texts: readonly string[]; at: number }) {
  const commands = texts.length;
  // The cells do not change from step to step, only which row is the current.
  const lanes = useMemo(() => {
    const seen = lanes_of(frames, commands);
    const rows = seen?.rows.map((row, i) =>
      row.map((lane, nth) => <Cell key={seen.threads[nth]} lane={lane} text={texts[i] ?? ''} />),
    );
    return { threads: seen?.threads ?? [], rows: rows ?? [] };
  }, [frames, texts, commands]);
  const { threads, rows } = lanes;
  if (rows.length === 0) return null;
  return (
    <section class="card scroll" tabindex={0} aria-label="Threads: who runs when">
      <h3>Threads</h3>
      <p class="soft">A lane a thread. Where the lane is dashed, its command is paused, and the others run.</p>
      <table class="lanes">
        <thead>
          <tr>
            <th scope="col" class="number">
              step
            </th>
            {threads.map((thread) => (
              <th scope="col" key={thread}>
                {thread}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={i} aria-current={i === at ? 'step' : undefined}>
              <th scope="row" class="number">
                {i < commands ? i + 1 : 'end'}
              </th>
              {row}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
