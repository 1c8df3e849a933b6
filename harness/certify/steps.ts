/** A program told command by command: plain data, made where programs run. Whoever prints it runs nothing. */
import { at_step, type Beat } from '../pool/beat';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import { run } from '../run/run';
import type { Found } from '../run/session';
import type { Suite } from '../suite';

/** What a reader sees of a machine, by the suite's columns. */
export type Row = Readonly<Record<string, string>>;

/** A line of the step table. */
export interface Step {
  readonly command: string;
  /** What stands in the books after it; null of a program that may not be run again. */
  readonly row: Row | null;
  /** What happens to the property when this command is left out: what it is for. Null where nobody knows. */
  readonly without: string | null;
}

/** What stands in the place of a command after the last one, when those that were paused run to their end. */
export const PAUSED_END = '(paused commands end)';

/** The commands alone: nothing is run. */
export const listed = <View>({ commands }: Suite<View>, program: Program): Step[] =>
  program_texts(commands, program).map((command) => ({ command, row: null, without: null }));

/** The commands, and what stands in the books after each. `found`: what the program is known to break. */
export function steps_of<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  found: readonly Found[],
  beat?: Beat,
): Step[] {
  const texts = [...program_texts(suite.commands, program), PAUSED_END];
  const at_end = found.some((one) => one.at_end);
  return rows_of(suite, variant, program, at_end, beat).map((row, i) => {
    return { command: texts[i] ?? '', row, without: null };
  });
}

/** The same, with what each command is for. Runs the program without each: none of these may hang unwatched. */
export function steps_with_purposes<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  found: Found,
  beat?: Beat,
): Step[] {
  const steps = steps_of(suite, variant, program, [found], beat);
  const last = steps.filter(({ command }) => command !== PAUSED_END).at(-1)?.row ?? {};
  return steps.map((step, i) => {
    if (step.command === PAUSED_END) return step;
    const rest = program.filter((_, other) => other !== i);
    // Nothing follows the last command that could be otherwise without it.
    const compared = i === program.length - 1 ? null : last;
    return { ...step, without: what_happens(suite, variant, found.property, rest, compared, beat) };
  });
}

/** A row after each command; `at_end`: one more, after what was unfinished is done. */
function rows_of<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  at_end: boolean,
  beat: Beat | undefined,
): Row[] {
  const session = suite.start(variant);
  const rows: Row[] = [];
  for (const [step, command] of program.entries()) {
    if (beat) at_step(beat, step);
    const goes_on = session.step(command);
    rows.push(suite.row(session.view));
    if (!goes_on) return rows;
  }
  if (at_end && (session.finish?.() ?? null) !== null) rows.push(suite.row(session.view));
  return rows;
}

/** Cells of the last row that a reader is told of. */
const CELLS = 3;

/** What a program without one of its commands does to the property, and in what its last row differs from `last`. */
function what_happens<View>(
  suite: Suite<View>,
  variant: string,
  property: string,
  program: Program,
  last: Row | null,
  beat: Beat | undefined,
): string {
  const found = run(suite.start(variant), program, [...suite.properties.values()], { beat });
  if (found.some((one) => one.property === property)) return 'breaks all the same';
  const others = found.map((one) => one.property);
  const verdict = others.length === 0 ? 'holds' : `holds, but breaks ${others[0]}`;
  if (last === null) return verdict;
  const row = rows_of(suite, variant, program, false, beat).at(-1) ?? {};
  const changed = Object.keys(last).filter((key) => row[key] !== last[key] && row[key]);
  const cells = changed.slice(0, CELLS).map((key) => `${key} ${row[key]}`);
  return cells.length === 0 ? verdict : `${verdict}: ${cells.join(', ')}`;
}
