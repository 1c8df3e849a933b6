/** A part of an exhaustive search: one thread expands some states of one depth. Input and output are plain data. */
import { at_path, type Heartbeat } from '../pool/heartbeat';
import type { Selection } from '../program/space';
import type { Property } from '../run/property';
import type { Suite } from '../suite';
import { CutShort, fingerprint_of } from './cut_short';
import { machine_of, new_scratch, type Trial, try_all } from './expand';
import { new_fingerprint_set } from './fingerprint_set';
import type { Least, Reason } from './state_space';

/** Which programs a search tries, and on which implementation. */
export interface Over {
  readonly variant: string;
  /** The arguments of `Suite.state_space`. */
  readonly detail: string | null;
  readonly symmetry: number;
  readonly pauses: number;
  readonly only: Selection | null;
}

/** The state space that these options describe. */
export const space_of = <View>(suite: Suite<View>, { variant, detail, symmetry, pauses, only }: Over) =>
  suite.state_space(variant, detail, symmetry, { pauses, only });

/** The input of expand(). */
export interface Part extends Over {
  /** Names of the properties that no program has violated yet. */
  readonly properties: readonly string[];
  /**
   * The length of the programs that lead to the states. `paths` holds these programs one after the other, each command
   * as a number in the alphabet.
   */
  readonly depth: number;
  readonly paths: Uint32Array;
  /** The fingerprints of the states; NaN for a state without one. */
  readonly fingerprints: Float64Array;
  /** Number of transitions before this depth. The first transitions of a search are checked more often. */
  readonly transitions: number;
  /** This is the last depth: the states that it leads to are not expanded. */
  readonly last: boolean;
}

/** The result of expand(). */
export interface Expanded {
  readonly transitions: number;
  /** By property, the first program in order that violates it. */
  readonly least: readonly (readonly [string, Least])[];
  readonly doubtful: readonly string[];
  /**
   * The states that are new in this part, in order. For each: the number of the state before it in the part, the
   * command, the fingerprint.
   */
  readonly before: Uint32Array;
  readonly commands: Uint32Array;
  readonly fingerprints: Float64Array;
  readonly cut_short: Reason | null;
}

/** Expands the states of the part, in order. The result depends on the part alone. */
export function expand<View>(suite: Suite<View>, part: Part, heartbeat?: Heartbeat): Expanded {
  const { depth, paths, fingerprints } = part;
  const space = space_of(suite, part);
  const stopped = () => heartbeat !== undefined && heartbeat.stop[0] !== 0;
  const about_to_run = (path: readonly number[], command: number) => heartbeat && at_path(heartbeat, path, command);
  const trial: Trial<View> = {
    space,
    limits: { depth: depth + 1, transitions: Number.POSITIVE_INFINITY, stopped, about_to_run },
    open: new Map(part.properties.map((name) => [suite.properties.get(name) as Property<View>, null])),
    judges: null,
    least: new Map(),
    doubtful: space.most_permissive ? new Set() : null,
    parallel: true,
    before: null,
    transitions: part.transitions,
  };
  const found = { before: [] as number[], commands: [] as number[], fingerprints: [] as number[] };
  const seen = new_fingerprint_set();
  let cut_short: Reason | null = null;
  try {
    const scratch = new_scratch(trial);
    for (let state = 0; state < fingerprints.length && trial.open.size > 0; state++) {
      if (stopped()) throw new CutShort({ kind: 'stopped', text: 'stopped' });
      const path = [...paths.subarray(state * depth, (state + 1) * depth)];
      const fingerprint = fingerprints[state] as number;
      const session = machine_of(trial, path, Number.isNaN(fingerprint) ? null : fingerprint, state);
      const visit = ({ view }: { readonly view: View }, command: number) => {
        const after = fingerprint_of(space, view);
        if (after !== null && !seen.add(after)) return;
        found.before.push(state);
        found.commands.push(command);
        found.fingerprints.push(after ?? Number.NaN);
      };
      try_all(trial, session, path, scratch, part.last ? undefined : visit);
    }
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    cut_short = error.reason;
  }
  return {
    transitions: trial.transitions - part.transitions,
    least: [...trial.least],
    doubtful: [...(trial.doubtful ?? [])],
    before: Uint32Array.from(found.before),
    commands: Uint32Array.from(found.commands),
    fingerprints: Float64Array.from(found.fingerprints),
    cut_short,
  };
}
