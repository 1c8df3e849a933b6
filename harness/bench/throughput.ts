/** Measures the cost of the harness besides the models: the same work in a bare loop, the harness, and fc.commands. */
import fc from 'fast-check';
import { random_of_case } from '../generate/seed';
import type { Command, Program } from '../program/command';
import type { Property } from '../run/property';
import { judge } from '../run/run';
import type { Session } from '../run/session';
import { run_shard } from '../run/shard';
import type { Suite } from '../suite';
import { fc_programs, run_commands } from './fc_commands';
import { Intact } from './intact';

/** Medians of the rounds. With fc.commands each variant has its own property, as its users separate failures. */
export interface Throughput {
  /**
   * Commands per second. Bare: a loop over programs drawn beforehand. Harness: drawn and run by the harness. The third:
   * drawn and run by fc.commands.
   */
  readonly bare_per_s: number;
  readonly harness_per_s: number;
  readonly fc_commands_per_s: number;
  /** The median of harness_per_s / bare_per_s of each round. */
  readonly ratio_to_bare: number;
  /** The cost of drawing and running without the models, in microseconds per command: measured on idle machines. */
  readonly overhead_us: number;
  readonly fc_overhead_us: number;
  readonly overhead_to_fc_commands: number;
}

const ROUNDS = 7;
const PROGRAMS = 100;

/**
 * `now` is a clock in milliseconds. Each round measures everything, one measurement after the other, because the speed
 * of a machine varies over time.
 */
export function measure_throughput<View>(
  suite: Suite<View>,
  variants: readonly string[],
  fc_size: number,
  now: () => number,
): Throughput {
  // The first round warms up the compiler and is dropped.
  const rounds = Array.from({ length: ROUNDS + 1 }, (_, round) => measure(suite, variants, fc_size, round, now)).slice(
    1,
  );
  const median = (of: (round: Round) => number) => middle(rounds.map(of));
  return {
    bare_per_s: median(({ bare }) => 1e6 / bare),
    harness_per_s: median(({ harness }) => 1e6 / harness),
    fc_commands_per_s: median(({ fc_commands }) => 1e6 / fc_commands),
    ratio_to_bare: median(({ bare, harness }) => bare / harness),
    overhead_us: median(({ idle_harness }) => idle_harness),
    fc_overhead_us: median(({ idle_fc }) => idle_fc),
    overhead_to_fc_commands: median(({ idle_harness, idle_fc }) => idle_harness / idle_fc),
  };
}

const middle = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** Microseconds per command. */
interface Round {
  readonly bare: number;
  readonly harness: number;
  readonly fc_commands: number;
  readonly idle_harness: number;
  readonly idle_fc: number;
}

function measure<View>(
  suite: Suite<View>,
  variants: readonly string[],
  fc_size: number,
  round: number,
  now: () => number,
): Round {
  const seed = `bench ${round}`;
  const programs = Array.from({ length: PROGRAMS }, (_, i) => suite.programs.draw(random_of_case(seed, i)));
  const idle = idle_suite(suite);
  return {
    bare: timed(now, () => bare_loop(suite, variants, programs)),
    harness: timed(now, () => by_harness(suite, variants, seed, PROGRAMS, now)),
    fc_commands: timed(now, () => by_fc_commands(suite, variants, fc_size, round, PROGRAMS)),
    idle_harness: timed(now, () => by_harness(idle, variants, seed, 10 * PROGRAMS, now)),
    // Every variant draws anew, so two variants are enough for the measurement.
    idle_fc: timed(now, () => by_fc_commands(idle, variants.slice(0, 2), fc_size, round, 5 * PROGRAMS)),
  };
}

function timed(now: () => number, work: () => number): number {
  const began = now();
  const commands = work();
  return ((now() - began) * 1000) / commands;
}

/** A suite whose machines do nothing and whose only property is never judged: only the cost of the engine is left. */
function idle_suite<View>(suite: Suite<View>): Suite<View> {
  const { view } = suite.start([...suite.variants.keys()][0] ?? '');
  const session: Session<View> = { view, happened: [], step: () => true };
  const [first] = suite.properties.values();
  const properties = new Map(first ? [[first.name, { ...first, after: 'never' }]] : []);
  return { ...suite, properties, goals: new Map(), start: () => session };
}

/** The loop that one would write by hand for given programs: step, judge the properties not violated yet, count. */
function bare_loop<View>(suite: Suite<View>, variants: readonly string[], programs: readonly Program[]): number {
  const intact = new Intact(suite);
  let commands = 0;
  for (const program of programs) {
    for (const variant of variants) {
      const properties = intact.of(variant);
      const session = suite.start(variant);
      for (let step = 0; step < program.length; step++) {
        const goes_on = session.step(program[step] as Command);
        commands++;
        for (let i = 0; i < properties.length; i++) {
          const property = properties[i] as Property<View>;
          if (judge(session, property, goes_on) !== null) intact.strike(variant, property);
        }
        if (!goes_on) break;
      }
    }
  }
  return commands;
}

function by_harness<View>(
  suite: Suite<View>,
  variants: readonly string[],
  seed: string,
  cases: number,
  now: () => number,
): number {
  const shard = { variants, seed, first: 0, of: 1, cases, until: Number.POSITIVE_INFINITY };
  return Object.values(run_shard(suite, shard, now)).reduce((sum, { commands }) => sum + commands, 0);
}

function by_fc_commands<View>(
  suite: Suite<View>,
  variants: readonly string[],
  size: number,
  seed: number,
  programs: number,
): number {
  const intact = new Intact(suite);
  const runs = Math.ceil((programs * suite.space.length) / size);
  let steps = 0;
  for (const variant of variants) {
    const holds = fc.property(fc_programs(suite, size), (commands) => {
      steps += run_commands(suite, variant, commands, intact.of(variant), intact.strike);
    });
    fc.assert(holds, { seed, numRuns: runs });
  }
  return steps;
}
