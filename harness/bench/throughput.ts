/** What the harness costs beside the models: the same work by a bare loop, by the harness, and by fc.commands. */
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

/** Medians of the rounds. fc.commands keeps failures apart as its users do: by a property for each variant. */
export interface Throughput {
  /** Commands a second, by a loop over programs that lie there; drawn and run by the harness; by fc.commands. */
  readonly bare_per_s: number;
  readonly harness_per_s: number;
  readonly fc_commands_per_s: number;
  /** harness_per_s / bare_per_s, round by round. */
  readonly ratio_to_bare: number;
  /** What drawing and running cost beside the models, microseconds a command: measured on a machine that does nothing. */
  readonly overhead_us: number;
  readonly fc_overhead_us: number;
  readonly overhead_to_fc_commands: number;
}

const ROUNDS = 7;
const PROGRAMS = 100;

/** `now` is a clock in milliseconds. Every round does all of it, one after the other: machines are noisy. */
export function measure_throughput<View>(
  suite: Suite<View>,
  variants: readonly string[],
  fc_size: number,
  now: () => number,
): Throughput {
  // The first round is for the compiler.
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

/** Microseconds a command. */
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
    // Drawn for each variant anew: two of them tell as much as all.
    idle_fc: timed(now, () => by_fc_commands(idle, variants.slice(0, 2), fc_size, round, 5 * PROGRAMS)),
  };
}

function timed(now: () => number, work: () => number): number {
  const began = now();
  const commands = work();
  return ((now() - began) * 1000) / commands;
}

/** A suite whose machines do nothing and of which nothing is claimed: what is left is what the engine costs. */
function idle_suite<View>(suite: Suite<View>): Suite<View> {
  const { view } = suite.start([...suite.variants.keys()][0] ?? '');
  const session: Session<View> = { view, happened: [], step: () => true };
  const [first] = suite.properties.values();
  const properties = new Map(first ? [[first.name, { ...first, after: 'never' }]] : []);
  return { ...suite, properties, goals: new Map(), start: () => session };
}

/** What one would write by hand for programs that lie there: step, judge what has not been broken yet, count. */
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
