/** Runs every program of up to some length on one implementation and judges all properties. */

import { type Counterexample, minimal_text, type Proof } from '../certify/certify';
import { steps_watched } from '../certify/hang';
import { listed } from '../certify/steps';
import type { Pool } from '../pool/pool';
import type { Selection } from '../program/space';
import type { Suite } from '../suite';
import { type Depth, explore_in_parallel, type ParallelExploration, type ParallelSearch } from './parallel';
import type { Reason } from './state_space';

/** What to explore: the commands in `only` (null: all), paused at up to `pauses` places; at most `states` states. */
export interface ExplorationRequest {
  readonly variant: string;
  readonly depth: number;
  readonly pauses: number;
  readonly only: Selection | null;
  readonly states: number;
  /** The index in the suite's symmetries at which the search starts. */
  readonly symmetry: number;
  before_depth: NonNullable<ParallelSearch['before_depth']>;
  progress: NonNullable<ParallelSearch['progress']>;
  found?: NonNullable<ParallelSearch['found']>;
  /** Searches in place of explore_in_parallel(). */
  search?: typeof explore_in_parallel | undefined;
}

/** The result of an exploration of all properties. */
export interface Covered {
  /** The violated properties, in the order of the properties. */
  readonly broken: readonly Counterexample[];
  /**
   * Every program of up to this length was judged by all properties that are not violated. Infinite if longer programs
   * reach no new state.
   */
  readonly depth: number;
  readonly depths: readonly Depth[];
  readonly states: number;
  readonly transitions: number;
  /** The description of the symmetry that the search used. */
  readonly symmetry: string;
  readonly cut_short: Reason | null;
}

type One = ParallelExploration & { readonly symmetry: string };

/**
 * Judges all properties in one search. A property that this search cannot decide is judged in a second search, in which
 * the detail that the property is about is part of the state. If the implementation breaks a symmetry, the search
 * starts again with less symmetry.
 */
export async function explore_all<View>(suite: Suite<View>, pool: Pool, wanted: ExplorationRequest): Promise<Covered> {
  const all = [...suite.properties.keys()];
  const first = await with_less_symmetry(suite, pool, wanted, all, null);
  const searches = [first];
  if (first.doubtful.length > 0 && first.cut_short?.kind !== 'stopped') {
    const details = new Set(first.doubtful.map((name) => suite.properties.get(name)?.detail ?? null));
    for (const detail of details) {
      const properties = first.doubtful.filter((name) => suite.properties.get(name)?.detail === detail);
      searches.push(await with_less_symmetry(suite, pool, wanted, properties, detail));
    }
  }
  const sum = (of: (one: One) => number) => searches.reduce((n, one) => n + of(one), 0);
  const cut_short = searches.find((one) => one.cut_short)?.cut_short ?? null;
  const proofs = all.flatMap((property) => searches.flatMap((one) => proof_by(one, property)));
  return {
    broken: await Promise.all(proofs.map((one) => told(suite, pool, wanted.variant, one, cut_short))),
    depth: Math.min(...searches.map(({ depth }) => depth)),
    depths: first.depths,
    states: sum(({ states }) => states),
    transitions: sum(({ transitions }) => transitions),
    symmetry: [...new Set(searches.map(({ symmetry }) => symmetry))].join('; and '),
    cut_short,
  };
}

function proof_by({ least, depth, cut_short }: One, property: string): Proof[] {
  const one = least.get(property);
  if (!one) return [];
  const { program, breach } = one;
  const sound = cut_short === null || cut_short.kind === 'limit' || cut_short.kind === 'hang';
  // A depth that is not complete may hold a smaller program.
  const certified = sound || (cut_short.kind === 'stopped' && program.length <= depth);
  const text = certified ? minimal_text(program.length - 1) : 'the search stopped early';
  const found = { property, step: program.length - 1, breach };
  return [{ property, program, found, certificate: { certified, needed: true, text, states: 0, transitions: 0 } }];
}

/** Adds the steps. If a program hung, they are the commands alone: nothing more is run, because it may hang too. */
async function told<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  proof: Proof,
  cut_short: Reason | null,
): Promise<Counterexample> {
  const { program, property, found } = proof;
  if (cut_short?.kind === 'hang') return { ...proof, found: { ...found, hung: true }, steps: listed(suite, program) };
  return { ...proof, steps: await steps_watched(suite, pool, variant, program, property) };
}

async function with_less_symmetry<View>(
  suite: Suite<View>,
  pool: Pool,
  wanted: ExplorationRequest,
  properties: readonly string[],
  detail: string | null,
): Promise<One> {
  const search = async (symmetry: number): Promise<One> => {
    const { search: of_caller, ...request } = wanted;
    const explore = of_caller ?? explore_in_parallel;
    const found = await explore(suite, pool, { ...request, properties, detail, symmetry });
    return { symmetry: suite.symmetries[symmetry] ?? '', ...found };
  };
  let result = await search(wanted.symmetry);
  for (let n = wanted.symmetry + 1; n < suite.symmetries.length && result.cut_short?.kind === 'symmetry'; n++) {
    result = await search(n);
  }
  return result;
}

/** The size that the search would have without symmetry reduction, as far as it is cheap to compute. */
export interface Plain {
  /** The number of commands to try in every state: the whole alphabet. */
  readonly commands: number;
  /** The number of states after programs of at most one command. */
  readonly states: number;
}

/** Runs every command of the alphabet once, without pauses and symmetry. Returns null if the search was cut short. */
export async function plain<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  only: Selection | null,
): Promise<Plain | null> {
  const pauses = 0;
  const symmetry = suite.symmetries.length - 1;
  const over = { variant, detail: null, symmetry, pauses, only };
  const fingerprint = (await pool.ask({ kind: 'begin', over })) ?? Number.NaN;
  const found = await pool.ask({
    kind: 'expand',
    part: {
      ...over,
      properties: [...suite.properties.keys()],
      depth: 0,
      paths: new Uint32Array(),
      fingerprints: Float64Array.of(fingerprint),
      transitions: 0,
      last: false,
    },
  });
  if (found.cut_short) return null;
  return { commands: found.transitions, states: 1 + found.fingerprints.filter((one) => one !== fingerprint).length };
}
