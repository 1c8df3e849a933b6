/** Every program of up to some length over one implementation, and what all properties say of it. */

import { type Counterexample, minimal_text, type Proof } from '../certify/certify';
import { steps_watched } from '../certify/hang';
import { listed } from '../certify/steps';
import type { Pool } from '../pool/pool';
import type { Selection } from '../program/space';
import type { Suite } from '../suite';
import { type Depth, explore_in_parallel, type ParallelExploration, type ParallelSearch } from './parallel';
import type { Reason } from './state_space';

export interface Wanted {
  readonly variant: string;
  readonly depth: number;
  readonly pauses: number;
  readonly only: Selection | null;
  readonly states: number;
  /** The index in the suite's symmetries to begin with. */
  readonly symmetry: number;
  before_depth: NonNullable<ParallelSearch['before_depth']>;
  progress: NonNullable<ParallelSearch['progress']>;
}

export interface Covered {
  /** In the order of the properties. */
  readonly broken: readonly Counterexample[];
  /** Every program of up to this length was judged by all properties that are not broken; infinite if longer ones are like those. */
  readonly depth: number;
  readonly depths: readonly Depth[];
  readonly states: number;
  readonly transitions: number;
  /** The symmetry that was used, in words. */
  readonly symmetry: string;
  readonly cut_short: Reason | null;
}

type One = ParallelExploration & { readonly symmetry: string };

/**
 * Judges all properties at once; those that this leaves in doubt once more, where what they are about is part of
 * the state. A symmetry that the implementation breaks is given up.
 */
export async function explore_all<View>(suite: Suite<View>, pool: Pool, wanted: Wanted): Promise<Covered> {
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
  // A depth that was not gone through may hold one that is less.
  const certified = sound || (cut_short.kind === 'stopped' && program.length <= depth);
  const text = certified ? minimal_text(program.length - 1) : 'the search was ended before its time';
  const found = { property, step: program.length - 1, breach };
  return [{ property, program, found, certificate: { certified, needed: true, text, states: 0, transitions: 0 } }];
}

/** With its steps. Where a program hangs nobody knows which is next. */
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
  wanted: Wanted,
  properties: readonly string[],
  detail: string | null,
): Promise<One> {
  const search = async (symmetry: number): Promise<One> => {
    const found = await explore_in_parallel(suite, pool, { ...wanted, properties, detail, symmetry });
    return { symmetry: suite.symmetries[symmetry] ?? '', ...found };
  };
  let result = await search(wanted.symmetry);
  for (let n = wanted.symmetry + 1; n < suite.symmetries.length && result.cut_short?.kind === 'symmetry'; n++) {
    result = await search(n);
  }
  return result;
}

/** What the search would come to without taking anything as one, as far as that is cheap to tell. */
export interface Plain {
  /** Commands to try in every state: all there are. */
  readonly commands: number;
  /** States after up to one command. */
  readonly states: number;
}

/** Runs every command there is, once and unpaused, without symmetry. Null if the implementation forbids it. */
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
