/** Runs programs recorded on one kernel on another, or on the same one again. */

import { disagreement, type Trace } from '../observed/traces';
import { trace_of } from './record';
import { numbers_of } from './seen';
import { type Run, run_live, type Target } from './target';

export interface Again {
  steps: number;
  as_recorded: number;
  /** The first step that differs. */
  first: string | null;
  /** The programs as recorded now, one in each line. */
  readonly lines: string[];
}

/** How to report progress, and how to stop the run. */
interface Watched {
  readonly stop: AbortSignal;
  progress(text: string): void;
}

/**
 * Runs recorded programs in the worlds in which they were recorded. Compares splits and pages, not flushes and faults.
 */
export async function run_again(target: Target, traces: readonly Trace[], { stop, progress }: Watched): Promise<Again> {
  const again: Again = { steps: 0, as_recorded: 0, first: null, lines: [] };
  for (const [i, trace] of traces.entries()) {
    if (stop.aborted) break;
    progress(`${i} of ${traces.length} programs`);
    const run = await run_live({ ...target, programs: { ...target.programs, world: trace.world } }, trace.parsed);
    compare(again, trace, i, run);
    again.lines.push(trace_of(target, trace.world, run) ?? '');
  }
  return again;
}

function compare(again: Again, trace: Trace, program: number, { answer, unusable }: Run): void {
  for (const [step, text] of trace.program.entries()) {
    const outcome = answer.steps[step];
    again.steps++;
    const wrong = wrong_with(trace, step, answer.start.stats, outcome?.stats ?? null);
    if (wrong === null) again.as_recorded++;
    else again.first ??= `program ${program + 1}, command ${step + 1}, ${text}: ${unusable ?? (outcome?.why || wrong)}`;
  }
}

type Stats = Parameters<typeof numbers_of>[0];

function wrong_with(trace: Trace, step: number, start: Stats | null, stats: Stats | null): string | null {
  if (!start || !stats) return 'nothing to read';
  const { splits, pages } = numbers_of(stats, start);
  const [pages_4k, pages_2m, pages_1g] = pages;
  return disagreement(trace, step, { splits, pages_4k, pages_2m, pages_1g });
}
