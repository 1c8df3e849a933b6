/** What `check --verbose` says of the programs that it ran: what occurred least often in them. */
import { frequency_in, type Occurrence } from '../campaign/frequency';
import type { Suite } from '../suite';

/** No more than these are drawn again to be counted. */
const COUNTED = 1000;
/** So many are told, of commands and of pairs. */
const LEAST = 6;

const counted = (programs: number): number => Math.min(programs, COUNTED);

/** Two lines: the least frequent commands, and the least frequent pairs of those that can concern each other. */
export function frequency_lines<View>(suite: Suite<View>, seed: string, run: number): string[] {
  const { programs, commands, pairs } = frequency_in(suite, seed, counted(run));
  const told = (all: readonly Occurrence[]) =>
    all
      .slice(0, LEAST)
      .map((one) => `${one.commands.join(' … ')} ${((100 * one.programs) / Math.max(programs, 1)).toFixed(1)} %`)
      .join(', ');
  const of = `of the first ${programs} programs`;
  return [
    `least frequent, ${of}: ${told(commands)}`,
    `least frequent pairs that can concern each other: ${told(pairs)}`,
  ];
}

/** The same as one object for `--json`, with all counts: the number of programs that have a command, or one and later the other. */
export function frequency_fields<View>(suite: Suite<View>, seed: string, run: number) {
  const { programs, commands, pairs } = frequency_in(suite, seed, counted(run));
  return {
    frequency: {
      seed,
      programs,
      commands: Object.fromEntries(commands.map(({ commands: [name = ''], programs: n }) => [name, n])),
      pairs: pairs.map(({ commands: [first, then], programs: n }) => ({ first, then, programs: n })),
    },
  };
}
