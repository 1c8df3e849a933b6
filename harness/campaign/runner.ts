/** Who runs the programs of a search: a model, or a real machine. Everything else of the search is the same for both. */
import type { Program } from '../program/command';
import type { Regression } from '../regression/regression';
import type { Judged, Reduction } from '../run/ran';
import type { Found } from '../run/session';
import type { Step } from '../run/step';

export interface Runner<R extends Judged> extends Reduction<R> {
  /** Case `index` of the search of this seed. */
  draw(seed: string, index: number): Program;
  run(program: Program): R | Promise<R>;
  /** How often a shrunk program is run once more: a verdict is what happens every time. */
  readonly replays: number;
  /** Failing programs that are shrunk, for each property; more of them are counted only. */
  readonly shrunk_at_most: number;

  /** Whether a regression means on this machine what it says. */
  applies(regression: Regression): boolean;
  /** The properties that a regression's program is expected to break on it. */
  listed(regression: Regression): readonly string[];
  /** The known defect, or the regression, that a breach is another sight of, by name; null if it is new. */
  known(property: string, ran: R, regressions: readonly Regression[]): string | null;
  /** Known defects of this kind of machine that a regression's run shows to be fixed. */
  fixed(ran: R): readonly string[];
  /** One text for programs that are equal up to symmetry. */
  canonical_text(program: Program): string;

  /** The step table of a run that broke something; what each command is for is not known yet. */
  steps(ran: R, found: Found): Step[];
  /** Whether a run took the machine with it: then no command of it is left out to see what it is for. */
  kills(ran: R): boolean;
  /** What else is told of a run that holds because it lacks one of these steps. */
  difference_to?(ran: R, step: number, steps: readonly Step[]): string;
}
