/** What a report's page is given: plain data, made by whoever writes the page (bin/report/). */
import type { Frame } from '../../models/lockstep/frames';

/** A property that a program breaks. */
export interface Broken {
  readonly property: string;
  readonly claim: string;
  /** Index of the command after which it does not hold. */
  readonly step: number;
  readonly got: string;
  readonly want: string;
  /** Broken only when what was paused had run to its end. */
  readonly at_end: boolean;
}

/** A program run on one implementation. */
export interface Run {
  readonly variant: string;
  readonly program: readonly string[];
  readonly broken: readonly Broken[];
  /** The machine after each command that was reached, and after the paused ones have ended, if any were. */
  readonly frames: readonly Frame[];
}

/** A run that a report shows. */
export interface Shown {
  readonly title: string;
  readonly variant: string;
  readonly program: readonly string[];
  /** Null where the page can run it itself: on each of the project's variants. */
  readonly run: Run | null;
  /** The properties that this is a counterexample of. */
  readonly properties: readonly string[];
  /** How sure it is that no simpler program does it; null where nobody has asked. */
  readonly proven: { readonly certified: boolean; readonly text: string } | null;
  readonly known: boolean;
  /** What happens to the property without each command; null where that is not known. */
  readonly without: readonly (string | null)[];
}

/** An implementation's line in the overview. */
export interface Line {
  readonly variant: string;
  readonly kind: string;
  readonly as_expected: boolean;
  readonly known: readonly string[];
  readonly new: readonly string[];
  /** Expected to break, and not seen. */
  readonly missing: readonly string[];
  readonly programs: number;
  readonly commands: number;
}

export interface Spread {
  readonly programs: number;
  /** By command: in how many programs it is. */
  readonly commands: readonly { readonly name: string; readonly programs: number; readonly times: number }[];
}

/** Programs until a property caught a variant (the median over seeds); null if none did. */
export interface Heat {
  readonly properties: readonly string[];
  readonly variants: readonly string[];
  readonly cells: readonly (readonly (number | null)[])[];
}

export interface Report {
  /** The call, as it was typed. */
  readonly call: string;
  readonly notes: readonly string[];
  readonly lines: readonly Line[];
  readonly shown: readonly Shown[];
  readonly spread: Spread | null;
  readonly heat: Heat | null;
}
