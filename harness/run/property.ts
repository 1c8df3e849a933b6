/** Properties: claims about a machine after a command. A violated property says what it got and what it wanted. */
export interface Breach {
  readonly got: string;
  readonly want: string;
}

/** A claim that must hold after every command. */
export interface Property<View> {
  readonly name: string;
  /** The claim in one line. */
  readonly claim: string;
  /** The kind of event after which it is judged (see the session's `happened`); null if after every command. */
  readonly after: string | null;
  /**
   * A part of the state that influences only properties with this `detail`; null if the property needs none. Searches
   * for other properties merge states that differ only in this part.
   */
  readonly detail: string | null;
  /** Also judged if the implementation crashed in the middle of a command and left its lists half-written. */
  readonly even_in_a_crash: boolean;
  /** Returns null while the property holds. Must not change the view. */
  check(view: View): Breach | null;
}

/** A state that a search must reach at least once. A search that never reaches it is too weak to be trusted. */
export interface Goal<View> {
  readonly name: string;
  readonly claim: string;
  reached(view: View): boolean;
}

/** Makes a violation; both values become texts. */
export const breach = (got: unknown, want: unknown): Breach => ({ got: String(got), want: String(want) });
