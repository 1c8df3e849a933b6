import { at_step, type Beat } from './beat';
import type { Command, Program } from './command';
import type { Breach, Goal, Property } from './property';

/** A machine that a program runs on: the reference and an implementation, side by side. */
export interface Session<View> {
  readonly view: View;
  /** Which kinds of event the last command brought about: what claims with `after` wait for. */
  readonly happened: Readonly<Record<string, boolean>>;
  /** Executes one command. False when nothing can follow it: the implementation has crashed or hangs. */
  step(command: Command): boolean;
}

/** The first breach of one property in one program. */
export interface Found {
  readonly property: string;
  /** Index of the command after which the property did not hold. */
  readonly step: number;
  readonly breach: Breach;
  /** The command never ended: the program cannot be run but under a watchdog. */
  readonly hung?: boolean;
}

/**
 * Runs a program and returns the first breach of each property. Stops when all have been broken, or at a crash. `beat`
 * is told of each command before it runs.
 */
export function run<View>(
  session: Session<View>,
  program: Program,
  properties: readonly Property<View>[],
  beat?: Beat,
): Found[] {
  const found: Found[] = [];
  let intact = properties;
  for (let step = 0; step < program.length && intact.length > 0; step++) {
    if (beat) at_step(beat, step);
    const goes_on = session.step(program[step] as Command);
    const broken = check(session, step, intact, goes_on, found);
    if (broken) intact = intact.filter(({ name }) => !found.some(({ property }) => property === name));
    if (!goes_on) break;
  }
  return found;
}

/** Checks what the last command can have broken; true if it has broken something, which is then in `found`. */
function check<View>(
  session: Session<View>,
  step: number,
  properties: readonly Property<View>[],
  goes_on: boolean,
  found: Found[],
): boolean {
  let any = false;
  for (let i = 0; i < properties.length; i++) {
    const property = properties[i] as Property<View>;
    const breach = judge(session, property, goes_on);
    if (breach === null) continue;
    found.push({ property: property.name, step, breach });
    any = true;
  }
  return any;
}

/** What one property says of the last command, if it has anything to say of it; `goes_on` is what step() returned. */
export function judge<View>(session: Session<View>, property: Property<View>, goes_on: boolean): Breach | null {
  if (property.after !== null && !session.happened[property.after]) return null;
  if (!goes_on && !property.even_in_a_crash) return null;
  return property.check(session.view);
}

/** Runs a program for the goals it reaches: those are taken out of `open`. */
export function reach<View>(session: Session<View>, program: Program, open: Set<Goal<View>>): void {
  for (const command of program) {
    if (open.size === 0) return;
    const goes_on = session.step(command);
    for (const goal of open) if (goal.reached(session.view)) open.delete(goal);
    if (!goes_on) return;
  }
}
