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

/** What was measured, at the size at which fc.commands does best. */
export interface AllToFailure {
  readonly size: number;
  readonly rows: readonly ToFailure[];
  /** Seeds of each row, and commands after which a search is given up: it counts as if it had found a violation there. */
  readonly seeds: number;
  readonly commands_at_most: number;
  /** Of all searches of fc.commands, the share that was given up. */
  readonly given_up: number;
}

/** Two in five of fc.commands' searches go on to the bound, whatever the seed: ten seeds took a quarter of an hour. */
const SEEDS = [1, 2, 3];
const COMMANDS_AT_MOST = 50_000;

/** Measures each defect and property that need a program of at least two commands. The first seed decides on the size. */
export function measure_to_failure<View>(suite: Suite<View>, fc_sizes: readonly number[]): AllToFailure {
  const all = pairs(suite);
  const [first = 1, ...others] = SEEDS;
  const searches = (size: number, seed: number) =>
    all.map(([variant, property]) => by_fc_commands(suite, variant, property, size, seed));
  const tried = fc_sizes.map((size) => ({ size, commands: searches(size, first) }));
  const { size, commands } = tried.reduce((a, b) => (geometric_mean(b.commands) < geometric_mean(a.commands) ? b : a));
  const by_seed = [commands, ...others.map((seed) => searches(size, seed))];
  const rows = all.map(([variant, property], row): ToFailure => {
    const harness = mean(SEEDS.map((seed) => by_harness(suite, variant, property, `bench ${seed}`)));
    return { variant, property: property.name, harness, fc_commands: mean(by_seed.map((one) => one[row] as number)) };
  });
  const every = by_seed.flat();
  const given_up = every.filter((one) => one === COMMANDS_AT_MOST).length / every.length;
  return { size, rows, seeds: SEEDS.length, commands_at_most: COMMANDS_AT_MOST, given_up };
}

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0) / numbers.length;

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
