/** How often commands, and pairs that can concern each other, occur in the programs of a search. */
import { random_of_case } from '../generate/seed';
import type { Program } from '../program/command';
import type { Suite } from '../suite';

/** A command, or a pair of which the second comes later, and the number of programs in which it occurs. */
export interface Occurrence {
  readonly commands: readonly string[];
  readonly programs: number;
}

/** A command alone, and how often it occurs in all of them. */
export interface CommandOccurrence extends Occurrence {
  readonly times: number;
}

/** The frequency of each command and each pair in this many programs, the least frequent first. */
export interface Frequency {
  readonly programs: number;
  readonly commands: readonly CommandOccurrence[];
  readonly pairs: readonly Occurrence[];
}

/** All ordered pairs of different commands that have a subject in common, each once. */
export function related_pairs(subjects: Suite<unknown>['subjects']): (readonly [string, string])[] {
  const pairs = new Map<string, readonly [string, string]>();
  for (const names of Object.values(subjects)) {
    for (const first of names)
      for (const then of names) if (first !== then) pairs.set(`${first} ${then}`, [first, then]);
  }
  return [...pairs.values()];
}

/** The first and the last place of each command in a program. */
function places(program: Program): Map<string, [number, number]> {
  const found = new Map<string, [number, number]>();
  for (const [i, { name }] of program.entries()) {
    const one = found.get(name);
    if (one) one[1] = i;
    else found.set(name, [i, i]);
  }
  return found;
}

/** Counts over these programs. */
export function frequency_of(
  { commands, subjects }: Pick<Suite<unknown>, 'commands' | 'subjects'>,
  programs: Iterable<Program>,
): Frequency {
  const alone = new Map([...commands.keys()].map((name) => [name, { programs: 0, times: 0 }]));
  const pairs = related_pairs(subjects).map(([first, then]) => ({ first, then, programs: 0 }));
  let count = 0;
  for (const program of programs) {
    count++;
    const found = places(program);
    for (const { name } of program) (alone.get(name) as { times: number }).times++;
    for (const name of found.keys()) (alone.get(name) as { programs: number }).programs++;
    for (const pair of pairs) {
      const [first] = found.get(pair.first) ?? [];
      const [, last] = found.get(pair.then) ?? [];
      if (first !== undefined && last !== undefined && first < last) pair.programs++;
    }
  }
  const least_first = (a: Occurrence, b: Occurrence) => a.programs - b.programs;
  return {
    programs: count,
    commands: [...alone].map(([name, n]) => ({ commands: [name], ...n })).sort(least_first),
    pairs: pairs.map(({ first, then, programs: n }) => ({ commands: [first, then], programs: n })).sort(least_first),
  };
}

/** Counts over the first `cases` programs of a seed. */
export function frequency_in<View>(suite: Suite<View>, seed: string, cases: number): Frequency {
  function* all(): Generator<Program> {
    for (let index = 0; index < cases; index++) yield suite.programs.draw(random_of_case(seed, index));
  }
  return frequency_of(suite, all());
}
