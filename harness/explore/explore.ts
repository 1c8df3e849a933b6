import type { Session } from '../run/session';
import { CutShort, fingerprint_of } from './cut_short';
import { machine_of, new_scratch, type Trial, try_all } from './expand';
import { type FingerprintSet, new_fingerprint_set } from './fingerprint_set';
import type { Least, Limits, Reason, SoughtProperties, StateSpace } from './state_space';

/** The result of an exhaustive search. */
export interface Exploration {
  /** By property, the minimal program that violates it. */
  readonly least: ReadonlyMap<string, Least>;
  /** For every property that is not in `least`, all programs of up to this length were tried. */
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
  /** Why the search stopped early, or null if it did not. */
  readonly cut_short: Reason | null;
}

/** The states of one depth. Each is stored as the state before it and the command that led from there to it. */
export interface Layer {
  readonly before: number[];
  readonly commands: number[];
  readonly fingerprints: (number | null)[];
}

interface OpenSearch<View> extends Trial<View> {
  readonly seen: FingerprintSet;
  readonly layers: Layer[];
  states: number;
}

/**
 * Breadth-first search over all programs, in order. A state that was seen before is not expanded: a smaller program led
 * to it first. The search checks copies, fingerprints and symmetries against programs that it runs from their
 * beginning, both unchanged and permuted.
 */
export function explore<View>(space: StateSpace<View>, wanted: SoughtProperties<View>, limits: Limits): Exploration {
  const first = space.fingerprint(space.start().view);
  const layers = [{ before: [-1], commands: [-1], fingerprints: [first] }];
  const seen = new_fingerprint_set();
  if (first !== null) seen.add(first);
  const search: OpenSearch<View> = {
    space,
    limits,
    open: new Map(wanted),
    judges: null,
    least: new Map(),
    doubtful: null,
    parallel: false,
    before: null,
    seen,
    layers,
    states: 1,
    transitions: 0,
  };
  let depth = 0;
  let cut_short: Reason | null = null;
  try {
    while (search.open.size > 0 && depth < deepest(search)) depth = go_deeper(search, depth);
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    cut_short = error.reason;
  }
  return { least: search.least, depth, states: search.states, transitions: search.transitions, cut_short };
}

/** The depth to search to: no program needs to be longer than the programs known to violate the open properties. */
function deepest<View>({ open, limits }: OpenSearch<View>): number {
  let longest = 0;
  for (const known of open.values()) longest = Math.max(longest, Math.min(known ?? limits.depth, limits.depth));
  return longest;
}

/**
 * Tries all programs that are one command longer. If then at most one further command is left to try, it tries that one
 * too, because the states in between need not be kept. Returns the depth reached.
 */
function go_deeper<View>(search: OpenSearch<View>, depth: number): number {
  const scratch = new_scratch(search);
  for_each_state(search, depth, (session, path) => try_all(search, session, path, scratch));
  expect_found(search, depth + 1);
  const left = deepest(search) - depth;
  if (left <= 1) return depth + 1;

  const next: Layer = { before: [], commands: [], fingerprints: [] };
  const last = new_scratch(search);
  for_each_state(search, depth, (session, path, state) => {
    try_all(search, session, path, scratch, (after, command, resting) => {
      const fingerprint = unseen(search, after);
      if (fingerprint === undefined) return;
      if (left === 2) try_all(search, after, [...path, command], last, undefined, resting);
      else add_state(next, state, command, fingerprint);
    });
  });
  if (left === 2) expect_found(search, depth + 2);
  else search.layers.push(next);
  return left === 2 ? depth + 2 : depth + 1;
}

function add_state(layer: Layer, before: number, command: number, fingerprint: number | null): void {
  layer.before.push(before);
  layer.commands.push(command);
  layer.fingerprints.push(fingerprint);
}

/** A program of this length is known to violate it. If the search did not find one, it merged states that differ. */
function expect_found<View>({ open }: OpenSearch<View>, length: number): void {
  for (const [property, known] of open) {
    if (known !== null && known <= length)
      throw new CutShort({
        kind: 'symmetry',
        text: `the search did not find the program that is known to violate ${property.name}`,
      });
  }
}

/** The largest number of states that a search keeps in memory. */
export const STATES_AT_MOST = 16_000_000;

/** The state's fingerprint if the state is new (null for a state without one), or undefined if it was seen. */
function unseen<View>(search: OpenSearch<View>, { view }: Session<View>): number | null | undefined {
  const fingerprint = fingerprint_of(search.space, view);
  if (fingerprint !== null) {
    if (!search.seen.add(fingerprint)) return undefined;
    if (search.seen.size > STATES_AT_MOST)
      throw new CutShort({ kind: 'limit', text: `more than ${STATES_AT_MOST} states` });
  }
  search.states++;
  return fingerprint;
}

/** Brings a machine into each state of a layer by running the program that leads there, and calls `visit`. */
function for_each_state<View>(
  search: OpenSearch<View>,
  depth: number,
  visit: (session: Session<View>, path: readonly number[], state: number) => void,
): void {
  const { layers, limits } = search;
  const { commands, fingerprints } = layers[depth] as Layer;
  for (let state = 0; state < commands.length && search.open.size > 0; state++) {
    if (limits.stopped()) throw new CutShort({ kind: 'stopped', text: 'stopped' });
    const path = path_to(layers, depth, state);
    visit(machine_of(search, path, fingerprints[state] ?? null, state), path, state);
  }
}

/** The commands that lead to a state of a layer, as numbers in the alphabet. */
export function path_to(layers: readonly Layer[], depth: number, state: number): number[] {
  const path: number[] = [];
  for (let at = state, d = depth; d > 0; d--) {
    const layer = layers[d] as Layer;
    path.unshift(layer.commands[at] as number);
    at = layer.before[at] as number;
  }
  return path;
}
