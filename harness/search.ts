import type { Program } from './command';
import type { Pool } from './pool';
import { type Found, run } from './run';
import { random_of_case } from './seed';
import type { ShardResult } from './shard';
import { shrink_program } from './shrink';
import type { Suite } from './suite';

/** A property that a program breaks, found by a campaign and shrunk. */
export interface Counterexample {
  readonly property: string;
  readonly case: number;
  /** Programs and commands run when it was found. */
  readonly programs: number;
  readonly commands: number;
  readonly program: Program;
  readonly found: Found;
}

/** What a campaign over one implementation brought. */
export interface Campaign {
  readonly variant: string;
  readonly seed: string;
  readonly programs: number;
  readonly commands: number;
  readonly seconds: number;
  readonly counterexamples: readonly Counterexample[];
  /** Goals that no program reached. */
  readonly unreached: readonly string[];
}

/** A conforming implementation's campaign of at least this many programs must reach every goal. */
export const PROGRAMS_FOR_GOALS = 1000;

/**
 * Runs `cases` random programs on an implementation, spread over the pool's threads: their number changes nothing in
 * the result. Each property stands alone: its first breach is kept and shrunk. `now` is a clock in milliseconds.
 */
export async function search<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  seed: string,
  cases: number,
  now: () => number,
): Promise<Campaign> {
  const began = now();
  const goals = cases >= PROGRAMS_FOR_GOALS && suite.variants.get(variant)?.violates.length === 0;
  const shards = Array.from({ length: pool.size }, (_, first) => {
    return { variant, seed, cases, first, of: pool.size, goals };
  });
  const results = await pool.run(shards);
  const counterexamples = first_cases(suite, results).map(([property, index]) => {
    const shrunk = shrink(suite, variant, property, suite.programs.draw(random_of_case(seed, index)));
    return { property, case: index, programs: index + 1, commands: commands_up_to(suite, seed, index), ...shrunk };
  });
  const commands = results.reduce((sum, result) => sum + result.commands, 0);
  const unreached = [...suite.goals.keys()].filter((name) =>
    results.every((result) => result.unreached.includes(name)),
  );
  return { variant, seed, programs: cases, commands, seconds: (now() - began) / 1000, counterexamples, unreached };
}

/** By property, the first case that breaks it, earliest first. */
function first_cases<View>(suite: Suite<View>, results: readonly ShardResult[]): [string, number][] {
  const cases: [string, number][] = [];
  for (const property of suite.properties.keys()) {
    const first = Math.min(...results.map(({ broken }) => broken[property] ?? Number.POSITIVE_INFINITY));
    if (Number.isFinite(first)) cases.push([property, first]);
  }
  return cases.sort(([, a], [, b]) => a - b);
}

function commands_up_to<View>(suite: Suite<View>, seed: string, last: number): number {
  let commands = 0;
  for (let index = 0; index <= last; index++) commands += suite.programs.length(random_of_case(seed, index));
  return commands;
}

/** The first breach of one property by a program, or null. */
export function breach_of<View>(suite: Suite<View>, variant: string, property: string, program: Program): Found | null {
  const claim = suite.properties.get(property);
  return (claim && run(suite.start(variant), program, [claim])[0]) ?? null;
}

/** A simplest program that still breaks the property, cut after the command that breaks it. */
export function shrink<View>(suite: Suite<View>, variant: string, property: string, program: Program) {
  const fails = (candidate: Program) => breach_of(suite, variant, property, candidate) !== null;
  const smallest = shrink_program(suite.space, program, fails);
  const found = breach_of(suite, variant, property, smallest);
  if (!found)
    throw new Error(`${property} on ${variant}: the breach did not come again; the machine is not deterministic`);
  return { program: smallest.slice(0, found.step + 1), found };
}
