/** A program command by command, as plain data, so that a reporter can print it without running anything. */

/** The state of a machine as a reader sees it, by the columns of the step table. */
export type Row = Readonly<Record<string, string>>;

/** The threads of a machine after a command: the one that it ran on (null: none of them), and those that are paused. */
export interface Threads {
  readonly running: string | null;
  readonly paused: readonly Paused[];
}

export interface Paused {
  readonly thread: string;
  readonly command: string;
  /** The place where it stopped. */
  readonly at: string;
  /** What that place is, in words. */
  readonly means: string;
  /** The locks that it holds. */
  readonly holds: string;
}

/** A line of the step table. */
export interface Step {
  readonly command: string;
  /** The counters after the command. Null if the program must not be run again. */
  readonly row: Row | null;
  /** What happens to the property without this command, which shows what the command is for. Null if unknown. */
  readonly without: string | null;
  /** Null or missing if nobody has looked. */
  readonly threads?: Threads | null;
}

/** The text of the line after the last command, in which the paused commands run to their end. */
export const PAUSED_END = '(paused commands end)';
