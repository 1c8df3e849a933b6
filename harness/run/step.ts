/** A program told command by command: plain data. Whoever prints it runs nothing. */

/** What a reader sees of a machine, by the columns of the step table. */
export type Row = Readonly<Record<string, string>>;

/** A line of the step table. */
export interface Step {
  readonly command: string;
  /** The counters after it; null of a program that may not be run again. */
  readonly row: Row | null;
  /** What happens to the property when this command is left out: what it is for. Null where nobody knows. */
  readonly without: string | null;
}

/** What stands in the place of a command after the last one, when those that were paused run to their end. */
export const PAUSED_END = '(paused commands end)';
