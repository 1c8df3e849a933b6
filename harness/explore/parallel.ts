/** Exhaustive search on all cores. Each depth is spread over the threads, and their results are merged in order. */

import { run_watched } from '../certify/hang';
import { CallError } from '../errors';
import { Hung, type Pool } from '../pool/pool';
import { one_line } from '../program/text';
import { type Share, WHOLE } from '../shard/share';
import type { Suite } from '../suite';
import { program_of } from './expand';
import { type Layer, path_to, STATES_AT_MOST } from './explore';
import { type FingerprintSet, new_fingerprint_set } from './fingerprint_set';
import { type Expanded, type Over, type Part, space_of } from './part';
import type { Least, Reason } from './state_space';

/** What to search for: names of properties, and the limits. */
export interface ParallelSearch extends Over {
  readonly properties: readonly string[];
  /** The length of the longest program to try. */
  readonly depth: number;
  /** The largest number of states to keep. A number above STATES_AT_MOST counts as STATES_AT_MOST. */
  readonly states: number;
  /**
   * Called before each depth with the complete depths and the number of states to expand. A result that is not null
   * stops.
   */
  before_depth?(depths: readonly Depth[], states: number): string | null;
  /**
   * Called now and then with the progress of the current depth: states expanded, all its states, transitions so far.
   */
  progress?(done: number, of: number, transitions: number): void;
  /** Called with each violated property and its minimal program, as soon as both are known. */
  found?(property: string, least: Least): void;
  /** Of the last depth, only this share of the parts is expanded: those of others come from elsewhere. */
  readonly share?: Share;
  /** Called when the last depth begins: the result so far, and the number of states that it expands. */
  at_last?(so_far: ParallelExploration, states: number): void;
  /** Called with each part of the last depth that was expanded, in order. */
  expanded?(part: Expanded): void;
}

/** The programs of one length. */
export interface Depth {
  /** Number of states that were expanded: the states before the last command of these programs. */
  readonly states: number;
  readonly transitions: number;
}

/** The result of an exhaustive search on all cores. */
export interface ParallelExploration {
  /**
   * By property, the minimal program that violates it. At the depth that `cut_short` ended: the smallest one so far.
   */
  readonly least: ReadonlyMap<string, Least>;
  /** Properties that this search cannot decide. A search whose states include the detail that they are about can. */
  readonly doubtful: readonly string[];
  /**
   * For each property not in `least`, all programs of up to this length were tried. Infinite if no new state was left.
   */
  readonly depth: number;
  /** The complete depths. */
  readonly depths: readonly Depth[];
  /** States found and transitions tried, including those of an incomplete depth. */
  readonly states: number;
  readonly transitions: number;
  readonly cut_short: Reason | null;
}

/**
 * Number of states that a thread gets at once. The result depends on it, so it is the same for any number of threads.
 */
export const PART = 128;
/** For each thread, the number of parts that may be running or finished before they are merged. */
const AHEAD = 4;

interface Parallel {
  readonly open: Set<string>;
  readonly least: Map<string, Least>;
  readonly doubtful: Set<string>;
  readonly seen: FingerprintSet;
  readonly layers: Layer[];
  states: number;
  transitions: number;
  /** The limit of states is reached. */
  full: boolean;
}

/**
 * Tries all programs of up to some length, the shortest first. For each property it finds the same minimal program as
 * explore(), whatever the number of threads. Stops when no property is left to violate.
 */
export async function explore_in_parallel<View>(
  suite: Suite<View>,
  pool: Pool,
  search: ParallelSearch,
): Promise<ParallelExploration> {
  const { variant, detail, symmetry, pauses, only } = search;
  // The search begins with a machine of the implementation, so the pool's thread that has it computes the first state.
  const first = await pool.ask({ kind: 'begin', over: { variant, detail, symmetry, pauses, only } });
  const parallel: Parallel = {
    open: new Set(search.properties),
    least: new Map(),
    doubtful: new Set(),
    seen: new_fingerprint_set(),
    layers: [{ before: [-1], commands: [-1], fingerprints: [first] }],
    states: 1,
    transitions: 0,
    full: false,
  };
  if (first !== null) parallel.seen.add(first);
  const depths: Depth[] = [];
  let cut_short: Reason | null = null;
  let depth = 0;
  while (depth < search.depth && parallel.open.size > 0 && cut_short === null) {
    const states = parallel.layers[depth]?.commands.length ?? 0;
    if (states === 0) {
      depth = Number.POSITIVE_INFINITY;
      break;
    }
    const refusal = search.before_depth?.(depths, states) ?? null;
    if (refusal !== null) {
      cut_short = { kind: 'limit', text: refusal };
      break;
    }
    const transitions = parallel.transitions;
    if (depth + 1 >= search.depth) search.at_last?.(result_of(parallel, depth, depths, null), states);
    cut_short = await go_through(suite, pool, search, parallel, depth);
    if (cut_short) break;
    depths.push({ states, transitions: parallel.transitions - transitions });
    depth++;
    if (parallel.full && depth < search.depth)
      cut_short = { kind: 'limit', text: `more than ${limit_of(search)} states` };
  }
  return result_of(parallel, depth, depths, cut_short);
}

function result_of(
  { least, doubtful, states, transitions }: Parallel,
  depth: number,
  depths: readonly Depth[],
  cut_short: Reason | null,
): ParallelExploration {
  return { least, doubtful: [...doubtful], depth, depths, states, transitions, cut_short };
}

const limit_of = ({ states }: ParallelSearch): number => Math.min(states, STATES_AT_MOST);

/** Tries all programs that are one command longer. Returns why it stopped early, or null. */
async function go_through<View>(
  suite: Suite<View>,
  pool: Pool,
  search: ParallelSearch,
  parallel: Parallel,
  depth: number,
): Promise<Reason | null> {
  const layer = parallel.layers[depth] as Layer;
  const base: Omit<Part, 'paths' | 'fingerprints'> = {
    variant: search.variant,
    detail: search.detail,
    symmetry: search.symmetry,
    pauses: search.pauses,
    only: search.only,
    properties: [...parallel.open],
    depth,
    transitions: parallel.transitions,
    last: depth + 1 >= search.depth,
  };
  const next: Layer = { before: [], commands: [], fingerprints: [] };
  const states = layer.commands.length;
  const under_way: Promise<Expanded>[] = [];
  const share = base.last && search.share ? search.share : WHOLE;
  const step = PART * share.of;
  let asked = PART * share.index;
  for (let from = asked; from < states && parallel.open.size > 0; from += step) {
    for (; asked < states && under_way.length < AHEAD * pool.size; asked += step) {
      const answer = ask(suite, pool, { ...base, ...part_of(parallel.layers, depth, asked) });
      // If this part fails while an earlier one is awaited, its error is thrown when its turn comes.
      answer.catch(() => {});
      under_way.push(answer);
    }
    const part = await (under_way.shift() as Promise<Expanded>);
    if (base.last) search.expanded?.(part);
    const before = new Set(parallel.least.keys());
    put_together(parallel, part, from, next, limit_of(search));
    for (const [property, least] of parallel.least) if (!before.has(property)) search.found?.(property, least);
    if (part.cut_short) return part.cut_short;
    search.progress?.(Math.min(from + PART, states), states, parallel.transitions);
  }
  await Promise.all(under_way);
  parallel.layers.push(next);
  return null;
}

function part_of(layers: readonly Layer[], depth: number, from: number): Pick<Part, 'paths' | 'fingerprints'> {
  const { fingerprints } = layers[depth] as Layer;
  const to = Math.min(from + PART, fingerprints.length);
  const paths = new Uint32Array((to - from) * depth);
  for (let state = from; state < to; state++) paths.set(path_to(layers, depth, state), (state - from) * depth);
  return {
    paths,
    fingerprints: Float64Array.from(fingerprints.slice(from, to), (fingerprint) => fingerprint ?? Number.NaN),
  };
}

/** Merges the result of a part. The caller merges the parts in order. */
function put_together(parallel: Parallel, part: Expanded, from: number, next: Layer, limit: number): void {
  const { open, least, doubtful, seen } = parallel;
  parallel.transitions += part.transitions;
  for (const [property, first] of part.least) if (open.delete(property)) least.set(property, first);
  for (const property of part.doubtful) if (open.delete(property)) doubtful.add(property);
  for (let i = 0; i < part.fingerprints.length && !parallel.full; i++) {
    const fingerprint = part.fingerprints[i] as number;
    if (!Number.isNaN(fingerprint) && !seen.add(fingerprint)) continue;
    if (parallel.states >= limit) {
      parallel.full = true;
      return;
    }
    next.before.push(from + (part.before[i] as number));
    next.commands.push(part.commands[i] as number);
    next.fingerprints.push(Number.isNaN(fingerprint) ? null : fingerprint);
    parallel.states++;
  }
}

/**
 * Lets a thread expand a part. A command that never ends is a verdict only if it also hangs when its program is run
 * alone. Throws CallError if it hangs twice in the search and never alone.
 */
async function ask<View>(suite: Suite<View>, pool: Pool, part: Part): Promise<Expanded> {
  for (let retry = true; ; retry = false) {
    try {
      return await pool.ask({ kind: 'expand', part });
    } catch (error) {
      if (!(error instanceof Hung) || error.where.kind !== 'alphabet') throw error;
      const space = space_of(suite, part);
      const program = program_of(space, error.where.commands);
      const again = await run_watched(suite, pool, part.variant, program);
      const hang = again.find(({ hung }) => hung);
      if (hang) return hung(suite, part, { program, breach: hang.breach });
      if (retry) continue;
      throw new CallError(`${part.variant} hangs in "${one_line(suite, program)}", but not when it is run by itself`);
    }
  }
}

/** The result for a part that hangs. Every smaller program ended. */
function hung<View>(suite: Suite<View>, part: Part, least: Least): Expanded {
  return {
    transitions: 0,
    least: part.properties.includes(suite.ends) ? [[suite.ends, least]] : [],
    doubtful: [],
    before: new Uint32Array(),
    commands: new Uint32Array(),
    fingerprints: new Float64Array(),
    cut_short: { kind: 'hang', text: `the implementation hangs in "${one_line(suite, least.program)}"` },
  };
}
