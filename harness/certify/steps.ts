/** The step table of a program, made where programs run. */
import { at_step, type Heartbeat } from '../pool/heartbeat';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import { at_once } from '../program/work';
import type { Ran } from '../run/ran';
import { run } from '../run/run';
import type { Found } from '../run/session';
import { PAUSED_END, type Row, type Step } from '../run/step';
import type { Suite } from '../suite';
import { purposes } from './reduce';

/** The commands alone: nothing is run. */
export const listed = <View>({ commands }: Suite<View>, program: Program): Step[] =>
  program_texts(commands, program).map((command) => ({ command, row: null, without: null }));

/** The commands, and the counters after each. `found`: what the program is known to break. */
export function steps_of<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  found: readonly Found[],
  heartbeat?: Heartbeat,
): Step[] {
  const texts = [...program_texts(suite.commands, program), PAUSED_END];
  const at_end = found.some((one) => one.at_end);
  return rows_of(suite, variant, program, at_end, heartbeat).map((row, i) => {
    return { command: texts[i] ?? '', row, without: null };
  });
}

/** The same, with what each command is for. Runs the program without each: none of these may hang unwatched. */
export function steps_with_purposes<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  found: Found,
  heartbeat?: Heartbeat,
): Step[] {
  const steps = steps_of(suite, variant, program, [found], heartbeat);
  const all = [...suite.properties.values()];
  const runs = (rest: Program): Ran => ({ program: rest, found: run(suite.start(variant), rest, all, { heartbeat }) });
  const texts = at_once(purposes(program, found.property, difference_to(suite, variant, steps, heartbeat)), runs);
  return steps.map((step, i) => ({ ...step, without: texts[i] ?? null }));
}

/**
 * What is told of a program that holds without one of these steps: what else breaks, and in what its last row differs. Runs
 * it once more.
 */
export function difference_to<View>(
  suite: Suite<View>,
  variant: string,
  steps: readonly Step[],
  heartbeat?: Heartbeat,
): (ran: Ran, step: number) => string {
  const commands = steps.filter(({ command }) => command !== PAUSED_END);
  const last = commands.at(-1)?.row ?? {};
  return ({ program, found: [other] }, step) => {
    const but = other ? `, but breaks ${other.property}` : '';
    // Nothing follows the last command that could be otherwise without it.
    if (step === commands.length - 1) return but;
    return but + difference(last, rows_of(suite, variant, program, false, heartbeat).at(-1) ?? {});
  };
}

/** Cells of a row that a reader is told of. */
const CELLS = 3;

/** What stands in another row in the place of what stands in this one. */
function difference(row: Row, other: Row): string {
  const changed = Object.keys(row).filter((key) => other[key] !== row[key] && other[key]);
  const cells = changed.slice(0, CELLS).map((key) => `${key} ${other[key]}`);
  return cells.length === 0 ? '' : `: ${cells.join(', ')}`;
}

/** A row after each command; `at_end`: one more, after what was unfinished is done. */
function rows_of<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  at_end: boolean,
  heartbeat: Heartbeat | undefined,
): Row[] {
  const session = suite.start(variant);
  const rows: Row[] = [];
  for (const [step, command] of program.entries()) {
    if (heartbeat) at_step(heartbeat, step);
    const goes_on = session.step(command);
    rows.push(suite.row(session.view));
    if (!goes_on) return rows;
  }
  if (at_end && (session.finish?.() ?? null) !== null) rows.push(suite.row(session.view));
  return rows;
}
