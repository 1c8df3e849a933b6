import { random_of_case } from '../generate/seed';
import { at_case, type Heartbeat } from '../pool/heartbeat';
import type { Program } from '../program/command';
import { at_once } from '../program/work';
import type { Suite } from '../suite';
import { type AllCalled, type CallTally, new_call_tally } from './called';
import { each_case } from './cases';
import type { Goal, Property } from './property';
import { run } from './run';

/** A part of a campaign: every `of`-th case from `first` on. A case depends on its seed and number alone. */
export interface Shard {
  readonly variants: readonly string[];
  readonly seed: string;
  readonly first: number;
  readonly of: number;
  /** Cases below `cases` only, and no new case after the moment `until` (milliseconds since 1970). */
  readonly cases: number;
  readonly until: number;
}

/** The result of a shard for one variant: plain data, so that it can be sent between threads. */
export interface ShardResult {
  readonly programs: number;
  readonly commands: number;
  /** Time in this variant. The time to draw the programs is spread over all variants. */
  readonly seconds: number;
  /** By property, the first case of the shard that violates it. */
  readonly broken: Readonly<Record<string, number>>;
  /** By property, the number of programs that violate it. */
  readonly broken_in: Readonly<Record<string, number>>;
  readonly unreached: readonly string[];
  /** For a user's implementation: how often each entry that it replaces was called. */
  readonly called: AllCalled;
}

/** A case that is the first of its shard to violate a property. */
export interface Seen {
  readonly variant: string;
  readonly property: string;
  readonly case: number;
}

interface Tally<View> {
  readonly variant: string;
  readonly judged: readonly Property<View>[];
  readonly open: Set<Goal<View>>;
  readonly broken: Record<string, number>;
  readonly broken_in: Record<string, number>;
  /** Null if no calls are counted. Then a program may end when it has violated every property. */
  readonly calls: CallTally | null;
  seconds: number;
}

/**
 * Runs a shard: draws each program once and runs it on every variant. Each property stands alone: in a
 * program, after its first violation, the others are judged on. `now` is a clock in milliseconds since 1970; `tell` hears of what is violated
 * at once.
 */
export function run_shard<View>(
  suite: Suite<View>,
  shard: Shard,
  now: () => number,
  heartbeat?: Heartbeat,
  tell?: (seen: Seen) => void,
): Record<string, ShardResult> {
  const tallies = shard.variants.map((variant): Tally<View> => {
    const { violates = [], follows = [], calls } = suite.variants.get(variant) ?? {};
    const open = new Set(violates.length === 0 ? suite.goals.values() : []);
    const judged = [...suite.properties.values()].filter(({ name }) => !follows.includes(name));
    return {
      variant,
      judged,
      open,
      broken: {},
      broken_in: {},
      calls: calls ? new_call_tally(calls) : null,
      seconds: 0,
    };
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
      for (const { property } of run(suite.start(tally.variant), program, tally.judged, watch)) {
        tally.broken_in[property] = (tally.broken_in[property] ?? 0) + 1;
        if (property in tally.broken) continue;
        tally.broken[property] = index;
        tell?.({ variant: tally.variant, property, case: index });
      }
      tally.calls?.end_program();
      const before = moment;
      moment = now();
      tally.seconds += (moment - before) / 1000;
    }
  };
  at_once(each_case({ first: shard.first, of: shard.of, cases: shard.cases, draw, stopped }), run_on_all);
  return Object.fromEntries(
    tallies.map(({ variant, broken, broken_in, open, calls, seconds }) => {
      const unreached = [...open].map(({ name }) => name);
      return [variant, { programs, commands, seconds, broken, broken_in, unreached, called: calls?.total() ?? {} }];
    }),
  );
}
