/** What runs: a machine that a program drives, and what is said of it. */
import type { Command } from '../program/command';
import type { Breach } from './property';

/** A machine that a program runs on: the reference and an implementation, side by side. */
export interface Session<View> {
  readonly view: View;
  /** The kinds of event that the last command brought about, each once: what claims with `after` wait for. */
  readonly happened: readonly string[];
  /** A second machine, if there is one by now: all that is claimed of the first is claimed of it, too. */
  beside?(): View | null;
  /** Executes one command. False when nothing can follow it: the implementation has crashed or hangs. */
  step(command: Command): boolean;
  /** The program ends: what is unfinished is done. Like step(); null if nothing was unfinished. */
  finish?(): boolean | null;
}

/** The first breach of one property in one program. */
export interface Found {
  readonly property: string;
  /** Index of the command after which the property did not hold. */
  readonly step: number;
  readonly breach: Breach;
  /** It held after the last command, and broke when what was unfinished was done. */
  readonly at_end?: true;
  /** The command never ended: the program cannot be run but under a watchdog. */
  readonly hung?: boolean;
}
