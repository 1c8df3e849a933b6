/** Properties: claims about a machine after a command. A claim that fails says what it got and what it wanted. */
export interface Breach {
  readonly got: string;
  readonly want: string;
}

/** What must hold after every command. */
export interface Property<View> {
  readonly name: string;
  /** The claim in a line. */
  readonly claim: string;
  /** The kind of event it judges (see the session's `happened`); null for a claim about every state. */
  readonly after: string | null;
  /** A part of the state that decides nothing but this claim: states that differ in it alone are else taken for equal. */
  readonly detail: string | null;
  /** Judged even where the implementation has died in the middle of a command, its lists half-written. */
  readonly even_in_a_crash: boolean;
  /** Null while it holds. Must not change the view. */
  check(view: View): Breach | null;
}

/** What a search must reach at least once: one that never gets there is too weak to be believed. */
export interface Goal<View> {
  readonly name: string;
  readonly claim: string;
  reached(view: View): boolean;
}

export const breach = (got: unknown, want: unknown): Breach => ({ got: String(got), want: String(want) });
