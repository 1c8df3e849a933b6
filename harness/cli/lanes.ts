/** Interleaved commands as lanes: a column a thread, a row a command. Nothing is run here. */
import { PAUSED_END, type Step, type Threads } from '../run/step';
import { table } from './table';

const RUNS = '│';
const WAITS = '┆';

const ordinal = (nth: number): string => ['first', 'second', 'third'][nth] ?? `as number ${nth + 1}`;

/** What a thread does at a command, a line each. `before`: the threads as they were when the command began. */
function cell(thread: string, text: string, before: Threads | null, { running, paused }: Threads): string {
  const is_paused = paused.find((one) => one.thread === thread);
  const waiting = before?.paused.map((one) => one.thread) ?? [];
  const was_paused = waiting.includes(thread);
  const runs = running === thread && text !== PAUSED_END;
  const lines = [];
  if (runs) lines.push(`${RUNS} ${text}`);
  if (is_paused && runs) lines.push(`${WAITS} stops at ${is_paused.at}, holds ${is_paused.holds}`);
  else if (is_paused) lines.push(`${WAITS} paused, holds ${is_paused.holds}`);
  else if (was_paused && !runs) {
    // At the end of the program, whoever has waited longest goes on first.
    const turn = text === PAUSED_END && waiting.length > 1 ? ` ${ordinal(waiting.indexOf(thread))}` : '';
    lines.push(`${RUNS} goes on${turn}, and ends`);
  }
  return lines.join('\n');
}

/** The lanes of a program in which a command was paused; no line for any other. */
export function lane_lines(steps: readonly Step[], width: number): string[] {
  const seen = steps.flatMap(({ command, threads }, i) => (threads ? [{ command, threads, i }] : []));
  if (seen.every(({ threads }) => threads.paused.length === 0)) return [];
  const names = seen.flatMap(({ command, threads: { running, paused } }) => [
    ...(running === null || command === PAUSED_END ? [] : [running]),
    ...paused.map(({ thread }) => thread),
  ]);
  const rows = seen.map(({ command, threads, i }, nth) => {
    const cells = [...new Set(names)].map((thread) => [
      thread,
      cell(thread, command, seen[nth - 1]?.threads ?? null, threads),
    ]);
    return { '': command === PAUSED_END ? 'end' : String(i + 1), ...Object.fromEntries(cells) };
  });
  const title = `threads: a lane each; ${RUNS} runs, ${WAITS} is paused while the others run`;
  const places = new Map(seen.flatMap(({ threads }) => threads.paused.map(({ at, means }) => [at, means])));
  const meanings = [...places].map(([at, means]) => `  ${at}: ${means}`);
  return ['', title, ...table(rows, width), ...meanings, ''];
}
