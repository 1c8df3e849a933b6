import { random_of_case } from '../generate/seed';
import { at_case, type Heartbeat } from '../pool/heartbeat';
import type { Program } from '../program/command';
import { at_once } from '../program/work';
import type { Suite } from '../suite';
import { type AllCalled, type CallTally, new_call_tally } from './called';
import { each_case } from './cases';
import type { Goal, Property } from './property';
import { run } from './run';

/** A part of a campaign: of its cases, every `of`-th from `first` on. A case depends on seed and number alone. */
export interface Shard {
  readonly variants: readonly string[];
  readonly seed: string;
  readonly first: number;
  readonly of: number;
  /** Up to this case, not including it; and no new case after this moment (milliseconds since 1970). */
  readonly cases: number;
  readonly until: number;
}

/** What a shard brought for one variant: plain data, so that it can cross threads. */
export interface ShardResult {
  readonly programs: number;
  readonly commands: number;
  /** Time in this variant alone; drawing the programs is spread over all of them. */
  readonly seconds: number;
  /** By property, the first case of the shard that breaks it. */
  readonly broken: Readonly<Record<string, number>>;
  readonly unreached: readonly string[];
  /** Of the user's own: how often each entry that it replaces was asked. */
  readonly called: AllCalled;
}

interface Tally<View> {
  readonly variant: string;
  intact: Property<View>[];
  readonly open: Set<Goal<View>>;
  readonly broken: Record<string, number>;
  /** Null where nothing is counted, and a program may end when all is broken. */
  readonly calls: CallTally | null;
  seconds: number;
}

/**
 * Runs a shard: each program is drawn once, and run on every variant. Each property stands alone: after its first breach
 * the search goes on for the others. `now` is a clock in milliseconds since 1970.
 */
export function run_shard<View>(
  suite: Suite<View>,
  shard: Shard,
  now: () => number,
  heartbeat?: Heartbeat,
): Record<string, ShardResult> {
  const tallies = shard.variants.map((variant): Tally<View> => {
    const { violates = [], follows = [], calls } = suite.variants.get(variant) ?? {};
    const open = new Set(violates.length === 0 ? suite.goals.values() : []);
    const intact = [...suite.properties.values()].filter(({ name }) => !follows.includes(name));
    return { variant, intact, open, broken: {}, calls: calls ? new_call_tally(calls) : null, seconds: 0 };
  });
  let programs = 0;
  let commands = 0;
  const began = now();
  let moment = began;
  let index = shard.first;
  const draw = (next: number): Program => {
    index = next;
    return suite.programs.draw(random_of_case(shard.seed, index));
  };
  const stopped = () => heartbeat?.stop[0] === 1 || moment >= shard.until;
  const run_on_all = (program: Program): void => {
    programs++;
    commands += program.length;
    for (const [nth, tally] of tallies.entries()) {
      if (heartbeat) at_case(heartbeat, nth, index);
      tally.calls?.begin_program();
      const watch = { goals: tally.open, heartbeat, to_the_end: tally.calls !== null };
      for (const { property } of run(suite.start(tally.variant), program, tally.intact, watch)) {
        tally.broken[property] = index;
        tally.intact = tally.intact.filter(({ name }) => name !== property);
      }
      tally.calls?.end_program();
      const before = moment;
      moment = now();
      tally.seconds += (moment - before) / 1000;
    }
  };
  at_once(each_case({ first: shard.first, of: shard.of, cases: shard.cases, draw, stopped }), run_on_all);
  return Object.fromEntries(
    tallies.map(({ variant, broken, open, calls, seconds }) => {
      const unreached = [...open].map(({ name }) => name);
      return [variant, { programs, commands, seconds, broken, unreached, called: calls?.total() ?? {} }];
    }),
  );
}
