/** What an exhaustive search is given: the space of states, what to look for in it, and how far it may go. */
import type { Command, Program } from '../program/command';
import type { Breach, Property } from '../run/property';
import type { Session } from '../run/session';

/** What an exhaustive search needs beside a machine: copies of it, a number for its state, and the commands to try. */
export interface StateSpace<View> {
  /** Every command there is, in the fixed order that makes one program less than another of its length. */
  readonly alphabet: readonly Command[];
  start(): Session<View>;
  /** False for a state that copier() cannot copy: it is made again from the beginning of its program. */
  copyable(view: View): boolean;
  /**
   * A function that makes its second machine, always the same one, a copy of its first; `again`: as the last copy was, of a
   * machine that has not changed since.
   */
  copier(): (from: Session<View>, to: Session<View>, again: boolean) => void;
  /** Equal for states that have the same future; null for a state that must not be taken for another. */
  fingerprint(view: View): number | null;
  /**
   * Whether a command is known to have changed nothing that matters: then the copy need not be made again, and
   * the state is not expanded. May put back what the fingerprint leaves out.
   */
  unchanged(before: View, after: View): boolean;
  /** Whether this state shows that what the fingerprint leaves out does decide something. */
  left_out_matters(view: View): boolean;
  /**
   * Makes what the fingerprint leaves out as permissive as it can be: what then breaks no claim about it (`detail`) breaks none in
   * any state of this fingerprint, and all other claims judge as before. Null where nothing is left out.
   */
  readonly most_permissive: ((view: View) => void) | null;
  /**
   * The commands worth trying, least first: of those that lead to the same, the least. Numbers in the alphabet. Asked for
   * right after the state's fingerprint.
   */
  commands(view: View): readonly number[];
  /** After a command: the same one, unfinished at each place where it can be, as numbers in the alphabet, least first. */
  paused(after: View, command: number): readonly number[];
  /**
   * Whether this command (null: the end of the program) can bring about what the property waits for, in this state: no
   * other is tried at the end of a program.
   */
  may_break(property: Property<View>, command: number | null, before: View): boolean;
  /** The same program in other places, where that should make no difference; null if places cannot be changed. */
  permuted(program: Program): Program | null;
}

/** What to look for: properties, each with the length of a program that is known to break it; null if none is known. */
export type Wanted<View> = ReadonlyMap<Property<View>, number | null>;

export interface Limits {
  /** Longest program to try. */
  readonly depth: number;
  /** Stop, and say so, after this many transitions. */
  readonly transitions: number;
  /** Asked now and then: true to stop. */
  stopped(): boolean;
  /** Told what is about to run, as numbers in the alphabet: the implementation may never come back from it. */
  about_to_run?(path: readonly number[], command: number): void;
}

/**
 * `limit`, `stopped`: nothing is proven beyond `depth`, but for what is in `least`. `state`: the implementation keeps
 * something that cannot be copied, `symmetry`: the implementation breaks the symmetry; then nothing is proven at all. `hang`: it never
 * came back from a command; nothing is proven of what comes after.
 */
export interface Reason {
  readonly kind: 'limit' | 'stopped' | 'state' | 'symmetry' | 'hang';
  readonly text: string;
}

export interface Least {
  readonly program: Program;
  readonly breach: Breach;
}
