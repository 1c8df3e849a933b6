/** The step table of a program. It is made in the thread that runs programs. */
import { at_step, type Heartbeat } from '../pool/heartbeat';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import { at_once } from '../program/work';
import type { Ran } from '../run/ran';
import { run } from '../run/run';
import type { Found } from '../run/session';
import { PAUSED_END, type Row, type Step, type Threads } from '../run/step';
import type { Suite } from '../suite';
import { purposes } from './reduce';

/** The commands alone, without running them. */
export const listed = <View>({ commands }: Suite<View>, program: Program): Step[] =>
  program_texts(commands, program).map((command) => ({ command, row: null, without: null }));

/** The commands and the counters after each. `found`: what the program is known to violate. */
export function steps_of<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  found: readonly Found[],
  heartbeat?: Heartbeat,
): Step[] {
  const texts = [...program_texts(suite.commands, program), PAUSED_END];
  const at_end = found.some((one) => one.at_end);
  return rows_of(suite, variant, program, at_end, heartbeat).map(({ row, threads }, i) => {
    return { command: texts[i] ?? '', row, without: null, threads };
  });
}

/** The same with what each command is for. It runs the program without each command, so it needs the watchdog. */
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
 * Describes a program on which the property holds because one of these steps is missing: which other property it
 * violates, and how its last row differs. Runs the program again.
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
    // No command follows the last one, so nothing later can differ.
    if (step === commands.length - 1) return but;
    return but + difference(last, rows_of(suite, variant, program, false, heartbeat).at(-1)?.row ?? {});
  };
}

/** The largest number of cells of a row that are printed. */
const CELLS = 3;

/** The cells of `other` that differ from `row` and are not empty. */
function difference(row: Row, other: Row): string {
  const changed = Object.keys(row).filter((key) => other[key] !== row[key] && other[key]);
  const cells = changed.slice(0, CELLS).map((key) => `${key} ${other[key]}`);
  return cells.length === 0 ? '' : `: ${cells.join(', ')}`;
}

interface Seen {
  readonly row: Row;
  readonly threads: Threads | null;
}

/** Of a crash there may be nothing left to look at. */
function threads_now<View>(suite: Suite<View>, view: View): Threads | null {
  try {
    return suite.threads(view);
  } catch {
    return null;
  }
}

/** A row after each command. `at_end` adds one more row, after the paused commands are finished. */
function rows_of<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  at_end: boolean,
  heartbeat: Heartbeat | undefined,
): Seen[] {
  const session = suite.start(variant);
  const rows: Seen[] = [];
  const look = () => rows.push({ row: suite.row(session.view), threads: threads_now(suite, session.view) });
  for (const [step, command] of program.entries()) {
    if (heartbeat) at_step(heartbeat, step);
    const goes_on = session.step(command);
    look();
    if (!goes_on) return rows;
  }
  if (at_end && (session.finish?.() ?? null) !== null) look();
  return rows;
}
