/** What is told of the functions that somebody wants to have run. */
import type { Touched } from '../../../models/live/machine';

/** Why a function cannot be watched, in the agent's word for it. */
const NOT_WATCHED: Readonly<Record<string, string>> = {
  absent: 'this kernel has no such function, or it is inlined wherever it is called',
  several: 'this kernel has several functions of that name',
  refused: 'this kernel does not allow probes on it (marked notrace, or part of tracing)',
};

/** How often each function that was watched ran, as far as it did. */
export const touched_lines = (touched: readonly Touched[]): string[] =>
  touched
    .filter(({ programs }) => programs > 0)
    .map(({ name, times, programs, of }) => `touched ${name}: ran ${times} times, in ${programs} of ${of} programs`);

/** The functions of which the run says nothing, and why: a doubt each. */
export const untouched_lines = (touched: readonly Touched[]): string[] =>
  touched
    .filter(({ programs }) => programs === 0)
    .map(({ name, state, of }) => {
      const why = state === 'ok' ? `it never ran in ${of} programs` : (NOT_WATCHED[state] ?? state);
      return `says nothing about ${name}: ${why}`;
    });
