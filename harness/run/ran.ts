/** The result of running a program, on a model or on a machine. */
import type { Program } from '../program/command';
import type { Space } from '../program/space';
import type { Found } from './session';

export interface Ran {
  readonly program: Program;
  /** The first violation of each property. */
  readonly found: readonly Found[];
}

/** The same for a machine that cannot always be judged. */
export interface Judged extends Ran {
  /** Why there is no verdict, if the machine is the reason; otherwise null. */
  readonly unusable: string | null;
  /** Number of commands that were reached. */
  readonly commands: number;
  /** Commands after which several outcomes were right, and nothing could be judged. */
  readonly undecided?: number;
  /** Why the machine could not do a command, for each that was left out. */
  readonly skipped: readonly string[];
}

/** A violation and the run that showed it. */
export interface Broken<R extends Ran> {
  readonly ran: R;
  readonly found: Found;
}

/** How a failing program is shrunk. */
export interface Reduction<R extends Ran> {
  readonly space: Space;
  /** The same run, as if the program had ended after this command. */
  upto(ran: R, step: number): R;
  /**
   * Whether the program violates the property on a model of the machine. The program that shrinks on the model, which
   * is fast, is tried first. The machine decides.
   */
  model_breaks?(program: Program, property: string): boolean;
  /** Simpler programs that are not shorter. */
  milder?(program: Program): Iterable<Program>;
}
