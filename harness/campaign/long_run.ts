/**
 * A campaign in slices: after each it is known how far it has come, so that another process can go on from there. The cases
 * depend on their numbers alone, and so the result is that of one run.
 */
import type { Pool } from '../pool/pool';
import { sum_of_calls } from '../run/called';
import type { Seen, ShardResult } from '../run/shard';
import type { Suite } from '../suite';
import { type CampaignRequest, run_or_end, type ShardOutcome } from './search';

/** Every n-th case, one after the other, and how far they have been run. */
export interface Lane {
  /** The first case that has not been run. */
  readonly next: number;
  /** What all cases before it came to. */
  readonly outcome: ShardOutcome;
}

/** A lane of which nothing has been run. */
export const new_lane = (index: number): Lane => ({ next: index, outcome: { results: {}, hangs: {} } });

/** What a run in slices needs beside the campaign. Times are in seconds. */
export interface Slices {
  /** How long the campaign has been running, with what processes before this one have spent on it. */
  spent(): number;
  /** Hears how far a lane has come. */
  keep(index: number, lane: Lane): void;
  tell?(seen: Seen): void;
}

/** A slice is no shorter than this, and no longer, in seconds; between them a hundredth of what the run has taken. */
const SHORTEST = 2;
const LONGEST = 300;
const PART_OF_ALL = 0.01;
/** How fast the cases are, nobody knows at first: so many in the first slice of a lane, and in each at most so many times more. */
const FIRST = 16;
const GROWTH = 4;

/** Runs the rest of all lanes. The result is where they are then: less than all cases if the time is over, or the pool is stopped. */
export const run_lanes = <View>(
  suite: Suite<View>,
  pool: Pool,
  wanted: CampaignRequest,
  lanes: readonly Lane[],
  slices: Slices,
): Promise<Lane[]> =>
  Promise.all(lanes.map((lane, index) => run_lane(suite, pool, wanted, lane, lanes.length, index, slices)));

async function run_lane<View>(
  suite: Suite<View>,
  pool: Pool,
  { variants, seed, cases, until }: CampaignRequest,
  from: Lane,
  of: number,
  index: number,
  { spent, keep, tell }: Slices,
): Promise<Lane> {
  let lane = from;
  let size = FIRST;
  while (lane.next < cases && !pool.stopped()) {
    // Behind the case in which it hung, nothing of a variant is run.
    const left = variants.filter((variant) => lane.outcome.hangs[variant] === undefined);
    if (left.length === 0) break;
    const first = lane.next;
    const end = Math.min(cases, first + of * (size - 1) + 1);
    const began = spent();
    const outcome = await run_or_end(suite, pool, { variants: left, seed, first, of, cases: end, until }, true, tell);
    const all = Math.ceil((end - first) / of);
    const ran = left.flatMap((variant) => (variant in outcome.hangs ? [] : (outcome.results[variant]?.programs ?? 0)));
    const least = ran.length > 0 ? Math.min(...ran) : all;
    lane = { next: first + of * least, outcome: sum_of(lane.outcome, outcome) };
    // Where a slice was cut short, and a variant hung in it, the others may have come to another case than it.
    if (least === all || Object.keys(outcome.hangs).length === 0) keep(index, lane);
    if (least < all) break;
    const took = spent() - began;
    const wish = Math.min(Math.max(spent() * PART_OF_ALL, SHORTEST), LONGEST);
    size = Math.max(1, Math.min(Math.round((all * wish) / Math.max(took, 0.001)), GROWTH * all));
  }
  return lane;
}

/** What two slices of one lane came to together. `one` has the cases before those of `other`. */
function sum_of(one: ShardOutcome, other: ShardOutcome): ShardOutcome {
  const names = new Set([...Object.keys(one.results), ...Object.keys(other.results)]);
  const results = [...names].map((name): [string, ShardResult] => {
    const [before, after] = [one.results[name], other.results[name]];
    if (!before || !after) return [name, (before ?? after) as ShardResult];
    const broken_in = { ...before.broken_in };
    for (const [property, count] of Object.entries(after.broken_in))
      broken_in[property] = (broken_in[property] ?? 0) + count;
    const sum = {
      programs: before.programs + after.programs,
      commands: before.commands + after.commands,
      seconds: before.seconds + after.seconds,
      broken: { ...after.broken, ...before.broken },
      broken_in,
      unreached: before.unreached.filter((goal) => after.unreached.includes(goal)),
      called: sum_of_calls([before.called, after.called]),
    };
    return [name, sum];
  });
  return { results: Object.fromEntries(results), hangs: { ...other.hangs, ...one.hangs } };
}
