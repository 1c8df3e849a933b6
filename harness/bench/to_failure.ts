/** Measures how many commands it takes to find a defect: with the harness, and with fc.commands at its best size. */
import fc from 'fast-check';
import { explore } from '../explore/explore';
import { random_of_case } from '../generate/seed';
import type { Property } from '../run/property';
import { run } from '../run/run';
import type { Suite } from '../suite';
import { fc_programs, run_commands } from './fc_commands';

/** One defect and one property that it violates, with the commands until the first violation: means over the seeds. */
export interface ToFailure {
  readonly variant: string;
  readonly property: string;
  readonly harness: number;
  readonly fc_commands: number;
}

const SEEDS = 10;
/** A search that has not found a violation after this many commands counts as if it had found one here. */
const COMMANDS_AT_MOST = 50_000;

/** Measures each defect and property that need a program of at least two commands. By the size of fc.commands. */
export function measure_to_failure<View>(suite: Suite<View>, fc_sizes: readonly number[]): Map<number, ToFailure[]> {
  const by_ours = pairs(suite).map(([variant, property]) => {
    const harness = mean((seed) => by_harness(suite, variant, property, `bench ${seed}`));
    return { variant, property, harness };
  });
  const rows = (size: number) =>
    by_ours.map(({ variant, property, harness }) => {
      const fc_commands = mean((seed) => by_fc_commands(suite, variant, property, size, seed));
      return { variant, property: property.name, harness, fc_commands };
    });
  return new Map(fc_sizes.map((size) => [size, rows(size)]));
}

function mean(commands: (seed: number) => number): number {
  let sum = 0;
  for (let seed = 1; seed <= SEEDS; seed++) sum += commands(seed);
  return sum / SEEDS;
}

export const geometric_mean = (numbers: readonly number[]): number =>
  Math.exp(numbers.reduce((sum, n) => sum + Math.log(n), 0) / numbers.length);

/** Leaves out the pairs that a single command shows: they say nothing about a search. */
function pairs<View>(suite: Suite<View>): [string, Property<View>][] {
  return [...suite.variants.values()].flatMap(({ name, violates }) => {
    const wanted = new Map(violates.map((one) => [suite.properties.get(one) as Property<View>, null]));
    if (wanted.size === 0) return [];
    const limits = { depth: 1, transitions: Number.POSITIVE_INFINITY, stopped: () => false };
    const { least } = explore(suite.state_space(name, null, 0), wanted, limits);
    return [...wanted.keys()].filter((one) => !least.has(one.name)).map((one): [string, Property<View>] => [name, one]);
  });
}

function by_harness<View>(suite: Suite<View>, variant: string, property: Property<View>, seed: string): number {
  let commands = 0;
  for (let index = 0; commands < COMMANDS_AT_MOST; index++) {
    const program = suite.programs.draw(random_of_case(seed, index));
    const [found] = run(suite.start(variant), program, [property]);
    if (found) return commands + found.step + 1;
    commands += program.length;
  }
  return COMMANDS_AT_MOST;
}

function by_fc_commands<View>(
  suite: Suite<View>,
  variant: string,
  property: Property<View>,
  size: number,
  seed: number,
): number {
  let commands = 0;
  const holds = fc.property(fc_programs(suite, size), (drawn) => {
    let broken = false;
    commands += run_commands(suite, variant, drawn, [property], () => {
      broken = true;
      return true;
    });
    return !broken && commands < COMMANDS_AT_MOST;
  });
  fc.check(holds, { seed, numRuns: 1_000_000_000, endOnFailure: true });
  return Math.min(commands, COMMANDS_AT_MOST);
}
