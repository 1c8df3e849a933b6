import type { Program } from './command';
import type { Goal, Property } from './property';
import { type Found, reach, run } from './run';
import { random_of_case } from './seed';
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
 * Runs `cases` random programs on an implementation. Each property stands alone: its first breach is kept and shrunk,
 * and the search goes on for the others. `now` is a clock in milliseconds.
 */
export function search<View>(
  suite: Suite<View>,
  variant: string,
  seed: string,
  cases: number,
  now: () => number,
): Campaign {
  const began = now();
  const open: Set<Goal<View>> = new Set(looks_for_goals(suite, variant, cases) ? suite.goals.values() : []);
  let intact: Property<View>[] = [...suite.properties.values()];
  const counterexamples: Counterexample[] = [];
  let commands = 0;
  for (let index = 0; index < cases; index++) {
    const program = suite.programs.draw(random_of_case(seed, index));
    commands += program.length;
    for (const { property } of run(suite.start(variant), program, intact)) {
      intact = intact.filter(({ name }) => name !== property);
      const shrunk = shrink(suite, variant, property, program);
      counterexamples.push({ property, case: index, programs: index + 1, commands, ...shrunk });
    }
    if (open.size > 0) reach(suite.start(variant), program, open);
  }
  const unreached = [...open].map(({ name }) => name);
  return { variant, seed, programs: cases, commands, seconds: (now() - began) / 1000, counterexamples, unreached };
}

function looks_for_goals<View>(suite: Suite<View>, variant: string, cases: number): boolean {
  return cases >= PROGRAMS_FOR_GOALS && suite.variants.get(variant)?.violates.length === 0;
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
