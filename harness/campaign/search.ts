import { type Counterexample, comes_again, not_the_same_twice } from '../certify/certify';
import { prove_beside_hangs, run_watched } from '../certify/hang';
import { CallError } from '../errors';
import { random_of_case } from '../generate/seed';
import { Hung, type Pool } from '../pool/pool';
import type { Program } from '../program/command';
import { type AllCalled, sum_of_calls } from '../run/called';
import type { Seen, Shard, ShardResult } from '../run/shard';
import { type Share, WHOLE } from '../shard/share';
import type { Suite } from '../suite';

/** A counterexample of a campaign. */
export interface CampaignFinding extends Counterexample {
  readonly case: number;
  /** Number of programs run when it was found, and of the commands drawn for them. */
  readonly programs: number;
  readonly commands: number;
  /** The number of programs of the whole campaign that violate the property; null if one never ended. */
  readonly broken_in: number | null;
}

/** The result of a campaign over one implementation. */
export interface Campaign {
  readonly variant: string;
  readonly seed: string;
  readonly programs: number;
  readonly commands: number;
  readonly seconds: number;
  readonly findings: readonly CampaignFinding[];
  /** Goals that no program reached. Empty if there were too few programs to expect all goals. */
  readonly unreached: readonly string[];
  /** For a user's implementation: how often each entry that it replaces was called, counted in `counted` programs. */
  readonly called: AllCalled;
  readonly counted: number;
  /** The entries that were never called. Empty if no program ran or one hung. */
  readonly uncalled: readonly string[];
  /** The case that never ended, if there is one: nothing behind it was run. */
  readonly hang: number | null;
}

/** What a campaign runs: `cases` cases of one seed on each variant. */
export interface CampaignRequest {
  readonly variants: readonly string[];
  readonly seed: string;
  readonly cases: number;
  /** No new case starts after this moment, in milliseconds since 1970. */
  readonly until: number;
  /** Limit of each search for a certificate, in transitions. A variant may need several searches. */
  readonly transitions: number;
  /** What other processes have found by running all cases. Undefined: they are run here. */
  readonly outcomes?: readonly ShardOutcome[] | undefined;
}

/** A campaign of at least this many programs on a conforming implementation must reach every goal. */
const PROGRAMS_FOR_GOALS = 1000;

/**
 * Runs random programs on implementations, spread over the threads of the pool. The number of threads does not change
 * the result. Each property is searched independently: the first case that violates it is kept, shrunk and certified.
 * `done` is called with the campaigns in the order of the variants, each as soon as it and all campaigns before it are
 * complete. `tell` is called with each first violation in a thread when it happens, before anything is shrunk.
 */
export async function search<View>(
  suite: Suite<View>,
  pool: Pool,
  wanted: CampaignRequest,
  done: (campaign: Campaign) => void,
  tell?: (seen: Seen) => void,
): Promise<void> {
  const { variants } = wanted;
  const shards = shards_of(wanted, pool, WHOLE);
  const parts = wanted.outcomes ?? (await run_share(suite, pool, wanted, WHOLE, tell));
  const campaigns = variants.map(async (variant) => {
    const hang = Math.min(...parts.map(({ hangs }) => hangs[variant] ?? Number.POSITIVE_INFINITY));
    const results = results_of(variant, parts);
    const hangs = Number.isFinite(hang);
    const counted = hangs ? await results_up_to(suite, pool, shards, variant, hang) : results;
    return judge_campaign(suite, pool, wanted, variant, results, counted, hangs ? hang : null, shards.length);
  });
  // If this campaign fails while an earlier one is awaited, its error is thrown when its turn comes.
  void Promise.allSettled(campaigns);
  for (const campaign of campaigns) done(await campaign);
}

/**
 * A thread takes as long to load and to compile what it runs as for so many programs, in processor time far longer: it is not
 * begun for less.
 */
const LEAST_FOR_A_THREAD = 1000;

/** The cases of a share, divided among threads of the pool: among all of them, if there is enough for each. */
function shards_of({ variants, seed, cases, until }: CampaignRequest, pool: Pool, { index, of }: Share): Shard[] {
  const programs = (cases / of) * variants.length;
  const threads = Math.max(1, Math.min(pool.size, Math.floor(programs / LEAST_FOR_A_THREAD)));
  return Array.from({ length: threads }, (_, nth): Shard => {
    return { variants, seed, cases, first: index + of * nth, of: of * threads, until };
  });
}

/** Runs a share of the cases, and judges nothing. */
export const run_share = <View>(
  suite: Suite<View>,
  pool: Pool,
  wanted: CampaignRequest,
  share: Share,
  tell?: (seen: Seen) => void,
): Promise<ShardOutcome[]> =>
  Promise.all(shards_of(wanted, pool, share).map((shard) => run_or_end(suite, pool, shard, true, tell)));

const results_of = (variant: string, parts: readonly ShardOutcome[]): ShardResult[] =>
  parts.flatMap(({ results }) => results[variant] ?? []);

/**
 * The counted results for an implementation that hangs. Only the cases before the first case that hangs are the same
 * for every number of threads, so they are run again. Returns nothing if no calls are counted.
 */
async function results_up_to<View>(
  suite: Suite<View>,
  pool: Pool,
  shards: readonly Shard[],
  variant: string,
  cases: number,
): Promise<ShardResult[]> {
  if (!suite.variants.get(variant)?.calls?.size) return [];
  const again = { variants: [variant], cases, until: Number.POSITIVE_INFINITY };
  return results_of(variant, await Promise.all(shards.map((one) => run_or_end(suite, pool, { ...one, ...again }))));
}

/** The result of a shard, whether or not its variants hung. */
export interface ShardOutcome {
  readonly results: Record<string, ShardResult>;
  /** By variant, the case in which it hung. */
  readonly hangs: Record<string, number>;
}

/**
 * Runs a shard. A variant that hangs is run again up to the case in which it hung, and the other variants are run
 * without it. A thread that got no CPU time does not count: the case must also hang when it is run alone. Throws
 * CallError if the case hangs twice, but not alone.
 */
export async function run_or_end<View>(
  suite: Suite<View>,
  pool: Pool,
  shard: Shard,
  retry = true,
  tell?: (seen: Seen) => void,
): Promise<ShardOutcome> {
  if (shard.variants.length === 0) return { results: {}, hangs: {} };
  try {
    return { results: await pool.ask({ kind: 'shard', shard }, undefined, tell), hangs: {} };
  } catch (error) {
    if (!(error instanceof Hung) || error.where.kind !== 'case') throw error;
    const hung = shard.variants[error.where.variant] as string;
    const program = suite.programs.draw(random_of_case(shard.seed, error.where.case));
    const again = await run_watched(suite, pool, hung, program);
    if (!again.some((found) => found.hung)) {
      if (retry) return run_or_end(suite, pool, shard, false, tell);
      const what = `${hung} hangs in case ${shard.seed}:${error.where.case}, but not when it is run by itself`;
      throw new CallError(`${what}: it keeps state between programs`);
    }
    const others = shard.variants.filter((name) => name !== hung);
    const rest = await run_or_end(suite, pool, { ...shard, variants: others });
    const before = await run_or_end(suite, pool, { ...shard, variants: [hung], cases: error.where.case });
    return {
      results: { ...rest.results, ...before.results },
      hangs: { ...rest.hangs, [hung]: error.where.case, ...before.hangs },
    };
  }
}

async function judge_campaign<View>(
  suite: Suite<View>,
  pool: Pool,
  { seed, transitions }: CampaignRequest,
  variant: string,
  results: readonly ShardResult[],
  counted: readonly ShardResult[],
  hang: number | null,
  threads: number,
): Promise<Campaign> {
  const sum = (of: (result: ShardResult) => number) => results.reduce((n, result) => n + of(result), 0);
  const programs = sum((result) => result.programs);
  const firsts = first_cases(suite, results, hang);
  const counterexamples = await prove(suite, pool, variant, seed, firsts, transitions);
  const findings = counterexamples
    .map((one): CampaignFinding => {
      const index = firsts.get(one.property) ?? 0;
      const broken_in = hang === null ? sum((result) => result.broken_in[one.property] ?? 0) : null;
      return { ...one, case: index, programs: index + 1, commands: commands_up_to(suite, seed, index), broken_in };
    })
    .sort((a, b) => a.case - b.case);
  const enough = programs >= PROGRAMS_FOR_GOALS && suite.variants.get(variant)?.violates.length === 0;
  const called = sum_of_calls(counted.map((one) => one.called));
  const judged = programs > 0 && hang === null;
  const unreached = [...suite.goals.keys()].filter((name) => results.every((one) => one.unreached.includes(name)));
  return {
    variant,
    seed,
    programs,
    commands: sum((result) => result.commands),
    seconds: sum((result) => result.seconds) / threads,
    findings,
    // A violated property may make a goal unreachable, so an unreached goal says nothing about the search then.
    unreached: enough && findings.length === 0 ? unreached : [],
    called,
    counted: counted.reduce((n, result) => n + result.programs, 0),
    hang,
    uncalled: judged ? Object.keys(called).filter((name) => called[name]?.times === 0) : [],
  };
}

/**
 * By property, in the order of the properties, the first case that violates it. `hang`: the case that hangs, or null.
 */
export function first_cases<View>(
  suite: Suite<View>,
  results: readonly ShardResult[],
  hang: number | null,
): Map<string, number> {
  const cases = new Map<string, number>();
  for (const property of suite.properties.keys()) {
    const first = Math.min(...results.map(({ broken }) => broken[property] ?? Number.POSITIVE_INFINITY));
    if (Number.isFinite(first)) cases.set(property, first);
  }
  if (hang === null) return cases;
  // Only the cases before the hang are the same for every number of threads.
  for (const [property, index] of cases) if (index >= hang) cases.delete(property);
  if (!cases.has(suite.ends)) cases.set(suite.ends, hang);
  return cases;
}

/** Shrinks and certifies the cases, by property. */
export async function prove<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  seed: string,
  cases: ReadonlyMap<string, number>,
  transitions: number,
): Promise<readonly Counterexample[]> {
  const known: Record<string, Program> = {};
  for (const [property, index] of cases) known[property] = suite.programs.draw(random_of_case(seed, index));
  if (cases.size === 0) return [];
  try {
    const found = await pool.ask({ kind: 'certify', variant, known, seen: null, transitions });
    return (await seen_elsewhere(suite, pool, variant, found)) ? found : not_the_same_twice(found);
  } catch (error) {
    if (!(error instanceof Hung)) throw error;
    return prove_beside_hangs(suite, pool, variant, known, transitions);
  }
}

/** Repeats in another thread what a thread has found. A user's own implementation runs only in the pool's threads. */
async function seen_elsewhere<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  counterexamples: readonly Counterexample[],
): Promise<boolean> {
  if (variant !== suite.own?.name) return counterexamples.every((one) => comes_again(suite, variant, one));
  const found = counterexamples.map(({ property, program, found }) => ({ property, program, found }));
  return pool.ask_afresh({ kind: 'again', variant, found });
}

function commands_up_to<View>(suite: Suite<View>, seed: string, last: number): number {
  let commands = 0;
  for (let index = 0; index <= last; index++) commands += suite.programs.length(random_of_case(seed, index));
  return commands;
}
