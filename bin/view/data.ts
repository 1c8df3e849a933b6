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

/** A world in which a page can run programs. */
export type WorldName = 'small' | 'live' | 'giant';

/** What userspace reads after a command: the columns of a step table. */
export type Numbers = Readonly<Record<string, string>>;

/** What a real kernel showed. */
export interface KernelSeen {
  /** Its release. */
  readonly name: string;
  /** After each command that it reached. */
  readonly rows: readonly Numbers[];
  /** What the kernel broke, whatever its model does. */
  readonly broken: readonly Broken[];
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
  /** The world that its program is in. */
  readonly world: WorldName;
  /** Null where the page can run it itself: on each of the project's variants. */
  readonly run: Run | null;
  /** Of a real kernel, of which `variant` is the model. */
  readonly kernel: KernelSeen | null;
  /** The properties that this is a counterexample of. */
  readonly properties: readonly string[];
  /** How sure it is that no simpler program does it; null where nobody has asked. */
  readonly proven: { readonly certified: boolean; readonly text: string } | null;
  /** The call that finds it again; null where the program has to be put into a file. */
  readonly again: string | null;
  /** Why it is no news, in a sentence; null where it is. */
  readonly known: string | null;
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
  /** Null where programs were not run one by one. */
  readonly programs: number | null;
}

/** In how many of the programs something is, and of how many it should be at least. */
export interface Share {
  readonly name: string;
  readonly programs: number;
}

/** How random programs are spread. Each of the three is counted over a number of programs of its own. */
export interface Spread {
  readonly title: string;
  /** What is counted, and in what. */
  readonly note: string;
  readonly programs: number;
  /** In fewer of the programs than this, it is too seldom to be relied on. */
  readonly least: number;
  readonly shares: readonly Share[];
}

/** Any other table; of each row, a cell a column. */
export interface DataTable {
  readonly title: string;
  readonly note: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Programs until a property caught a variant; null if none did. */
export interface Heat {
  /** Where the numbers are from, in a sentence. */
  readonly from: string;
  readonly properties: readonly string[];
  readonly variants: readonly string[];
  readonly cells: readonly (readonly (number | null)[])[];
}

export interface Report {
  /** The call, as it was typed. */
  readonly call: string;
  /** The exit code: 0 for as expected. */
  readonly code: number;
  readonly notes: readonly string[];
  readonly lines: readonly Line[];
  readonly shown: readonly Shown[];
  readonly spread: readonly Spread[];
  readonly heat: Heat | null;
  readonly tables: readonly DataTable[];
}
