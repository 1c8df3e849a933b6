/** The input of an exhaustive search: the space of states, the properties to violate, and the limits. */
import type { Command, Program } from '../program/command';
import type { Breach, Property } from '../run/property';
import type { Session } from '../run/session';

/** What an exhaustive search needs besides a machine: copies of it, fingerprints of its states, the commands to try. */
export interface StateSpace<View> {
  /** All commands, in the fixed order that decides which of two programs of one length is smaller. */
  readonly alphabet: readonly Command[];
  start(): Session<View>;
  /** False for a state that copier() cannot copy. The search restores such a state by running commands again. */
  copyable(view: View): boolean;
  /**
   * Returns a function that makes the machine `to` a copy of the machine `from`. All calls of one such function must
   * pass the same `to`. `again` says that the last call copied the same `from`, which has not changed since.
   */
  copier(): (from: Session<View>, to: Session<View>, again: boolean) => void;
  /** Equal for states that have the same future. Null for a state that must not be merged with any other. */
  fingerprint(view: View): number | null;
  /**
   * Whether a command is known to have changed nothing that matters. Then the machine is reused without a new copy, and
   * the state is not expanded. May restore what the fingerprint leaves out.
   */
  unchanged(before: View, after: View): boolean;
  /** Whether this state shows that what the fingerprint leaves out influences the future. */
  left_out_matters(view: View): boolean;
  /**
   * Makes what the fingerprint leaves out as permissive as possible. If this machine then violates no property about it
   * (`detail`), no state of this fingerprint does; all other properties judge as before. Null if the fingerprint leaves
   * nothing out.
   */
  readonly most_permissive: ((view: View) => void) | null;
  /**
   * The useful commands, smallest first, as numbers in the alphabet. Of several commands that lead to the same state,
   * only the smallest is useful. Called right after fingerprint() of the same state.
   */
  commands(view: View): readonly number[];
  /** After a command: the same command paused at each of its places, as numbers in the alphabet, smallest first. */
  paused(after: View, command: number): readonly number[];
  /**
   * Whether this command (null: the end of the program) can violate the property in this state. A command that cannot
   * is not tried as the last command of a program.
   */
  may_break(property: Property<View>, command: number | null, before: View): boolean;
  /** The same program, permuted by the symmetry: that must make no difference. Null if there is no symmetry. */
  permuted(program: Program): Program | null;
}

/** The properties to violate, each with the length of a program known to violate it, or null if none is known. */
export type SoughtProperties<View> = ReadonlyMap<Property<View>, number | null>;

/** The limits of an exhaustive search. */
export interface Limits {
  /** The length of the longest program to try. */
  readonly depth: number;
  /** After this many transitions the search stops and reports it. */
  readonly transitions: number;
  /** Called now and then. The search stops when it returns true. */
  stopped(): boolean;
  /** Called before each transition with the numbers of the commands, because the implementation may hang in it. */
  about_to_run?(path: readonly number[], command: number): void;
}

/**
 * `limit`, `stopped`: nothing is proven beyond `depth`, except for the properties in `least`. `state`: the
 * implementation keeps state that cannot be copied. `symmetry`: the implementation breaks the symmetry. In both cases
 * nothing is proven. `hang`: the implementation did not return from a command; nothing is proven of later programs.
 */
export interface Reason {
  readonly kind: 'limit' | 'stopped' | 'state' | 'symmetry' | 'hang';
  readonly text: string;
}

/** A minimal program, and the violation at its last command. */
export interface Least {
  readonly program: Program;
  readonly breach: Breach;
}
