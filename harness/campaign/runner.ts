/** What runs the programs of a search: a model or a real machine. The rest of the search is the same for both. */
import type { Program } from '../program/command';
import type { Regression } from '../regression/regression';
import type { Broken, Judged, Reduction } from '../run/ran';
import type { Found } from '../run/session';
import type { Step } from '../run/step';

export interface Runner<R extends Judged> extends Reduction<R> {
  /** Draws case `index` of the search of this seed. */
  draw(seed: string, index: number): Program;
  run(program: Program): R | Promise<R>;
  /** Number of programs that it can run at a time (default 1). */
  readonly at_once?: number;
  /** How many times a shrunk program is repeated. A verdict is what happens every time. */
  readonly replays: number;
  /** The largest number of failing programs that are shrunk for each property. Further ones are only counted. */
  readonly shrunk_at_most: number;

  /** Whether the program of a regression means the same on this machine. */
  applies(regression: Regression): boolean;
  /** The properties that the program of a regression is expected to violate on this machine. */
  listed(regression: Regression): readonly string[];
  /** The name of the known defect, or of the regression, that already shows this violation; null if it is new. */
  known(property: string, ran: R, regressions: readonly Regression[]): string | null;
  /** Names of known defects of such machines that the run of a regression shows to be fixed. */
  fixed(ran: R): readonly string[];
  /** The same text for all programs that are equal up to symmetry. */
  canonical_text(program: Program): string;
  /**
   * Whether a new violation is no finding of its own if its program also violates another finding, or contains one
   * (default: each property has its own).
   */
  readonly one_for_all_properties?: boolean;

  /** Whether a new violation is no finding of its own if its shrunk program contains that of another, whatever that violates. */
  readonly one_for_what_contains_it?: boolean;
  /** Whether the machine itself tells that two new violations of one property have one cause (default: it never does). */
  same_cause?(one: Broken<R>, other: Broken<R>): boolean;

  /** The step table of a run with a violation. What each command is for is not known yet. */
  steps(ran: R, found: Found): Step[];
  /**
   * Whether the machine must be started again after such a run. Then the run is repeated less often, shrinking has a
   * time limit, and the purposes of the commands are not determined.
   */
  costly(ran: R): boolean;
  /** A further text for a run on which the property holds because one of these steps is missing. */
  difference_to?(ran: R, step: number, steps: readonly Step[]): string;
}
