import { at_step, type Heartbeat } from '../pool/heartbeat';
import type { Command, Program } from '../program/command';
import { words_of_thrown } from '../user_code/thrown';
import { all_hold, type Judges, judges_of } from './judges';
import type { Breach, Goal, Property } from './property';
import type { Found, Session } from './session';

/** What a run does besides judging its properties. */
export interface Watch<View> {
  /** The goals not reached yet. The run removes those that the program reaches. */
  readonly goals?: Set<Goal<View>>;
  /** Updated before each command. */
  readonly heartbeat?: Heartbeat | undefined;
  /** Run the whole program, even if no property or goal is left, because the calls are counted. */
  readonly to_the_end?: boolean;
}

/**
 * Runs a program and returns the first violation of each property. Stops at a crash, or when no property and no goal is
 * left. A violation that appears when the paused commands finish at the end belongs to the last command.
 */
export function run<View>(
  session: Session<View>,
  program: Program,
  properties: readonly Property<View>[],
  { goals, heartbeat, to_the_end = false }: Watch<View> = {},
): Found[] {
  const found: Found[] = [];
  let intact = judges_of(properties);
  for (let step = 0; step < program.length; step++) {
    if (intact.properties.length === 0 && !goals?.size && !to_the_end) break;
    if (heartbeat) at_step(heartbeat, step);
    const goes_on = session.step(program[step] as Command);
    const broken = check(session, step, intact, goes_on, found);
    if (broken) intact = judges_of(still_intact(intact.properties, found));
    // What is left after a crash may not be looked at.
    if (!goes_on) return found;
    if (goals?.size) for (const goal of goals) if (goal.reached(session.view)) goals.delete(goal);
  }
  const goes_on = intact.properties.length > 0 || to_the_end ? (session.finish?.() ?? null) : null;
  if (goes_on === null) return found;
  const late: Found[] = [];
  check(session, program.length - 1, intact, goes_on, late);
  return [...found, ...late.map((one): Found => ({ ...one, at_end: true }))];
}

const still_intact = <View>(properties: readonly Property<View>[], found: readonly Found[]) =>
  properties.filter(({ name }) => !found.some(({ property }) => property === name));

/** Judges the properties after the last command. Adds violations to `found`, and returns true if there are any. */
function check<View>(
  session: Session<View>,
  step: number,
  judges: Judges<View>,
  goes_on: boolean,
  found: Found[],
): boolean {
  if (all_hold(session, judges, goes_on)) return false;
  const { properties } = judges;
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

/**
 * The verdict of one property on the last command; null if it holds or is not judged. `goes_on`: the result of step().
 */
export function judge<View>(session: Session<View>, property: Property<View>, goes_on: boolean): Breach | null {
  const breach = verdict(session, property, goes_on);
  return breach !== null && session.excuses?.(property, breach) ? null : breach;
}

function verdict<View>(session: Session<View>, property: Property<View>, goes_on: boolean): Breach | null {
  if (property.after !== null && !session.happened.includes(property.after)) return null;
  if (!goes_on && !property.even_in_a_crash) return null;
  try {
    const breach = property.check(session.view);
    if (breach !== null) return breach;
    const beside = session.beside?.();
    return beside ? judge_beside(beside, property) : null;
  } catch (error) {
    // After a crash there may be nothing left to look at, and the crash is told.
    return goes_on ? { got: `the state cannot be read: ${words_of_thrown(error)}`, want: 'a state' } : null;
  }
}

function judge_beside<View>(view: View, property: Property<View>): Breach | null {
  const breach = property.check(view);
  return breach && { got: `second VM: ${breach.got}`, want: breach.want };
}
