/** What came of a program, whoever ran it. */
import type { Program } from '../program/command';
import type { Space } from '../program/space';
import type { Found } from './session';

export interface Ran {
  readonly program: Program;
  /** The first breach of each property. */
  readonly found: readonly Found[];
}

/** The same, of a machine that is not always fit to be judged. */
export interface Judged extends Ran {
  /** Why nothing can be said of it: the machine's fault. Null if something can. */
  readonly unusable: string | null;
  /** Commands that were reached. */
  readonly commands: number;
  /** Commands after which several outcomes were right, and nothing could be judged. */
  readonly undecided?: number;
  /** Why the machine could not do a command, for each that was left out. */
  readonly skipped: readonly string[];
}

/** A breach, and the run that showed it. */
export interface Broken<R extends Ran> {
  readonly ran: R;
  readonly found: Found;
}

/** How a program that breaks something is made smaller. */
export interface Reduction<R extends Ran> {
  readonly space: Space;
  /** The same run, as if the program had ended after this command. */
  upto(ran: R, step: number): R;
  /** A model of what runs: its shrunk program is tried first, which takes no time; the machine has the last word. */
  model_breaks?(program: Program, property: string): boolean;
  /** Programs that are no shorter, and simpler all the same. */
  milder?(program: Program): Iterable<Program>;
}
