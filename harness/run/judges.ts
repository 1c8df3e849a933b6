/**
 * Properties, grouped by the event after which they are judged. Nearly always all hold, and this check must be fast.
 */
import type { Breach, Property } from './property';
import type { Session } from './session';

type Check<View> = (view: View) => Breach | null;

/** The same properties as a list and by event. */
export interface Judges<View> {
  readonly properties: readonly Property<View>[];
  /** The same, first those that are judged after every command. */
  readonly by_need: readonly Property<View>[];
  /** The checks of properties that are judged after every command. */
  readonly always: readonly Check<View>[];
  /** The checks of the other properties, by event. */
  readonly after: ReadonlyMap<string, readonly Check<View>[]>;
}

const known = new WeakMap<readonly Property<never>[], Judges<never>>();

/** Groups the properties. The result is cached by the list, because thousands of programs share one list. */
export function judges_of<View>(properties: readonly Property<View>[]): Judges<View> {
  let judges = known.get(properties) as Judges<View> | undefined;
  if (!judges) {
    judges = new_judges(properties);
    known.set(properties, judges);
  }
  return judges;
}

function new_judges<View>(properties: readonly Property<View>[]): Judges<View> {
  const checks_after = (event: string | null): Check<View>[] =>
    properties.filter(({ after }) => after === event).map((property) => property.check);
  const events = new Set(properties.flatMap(({ after }) => (after === null ? [] : [after])));
  const by_need = [...properties].sort((a, b) => Number(a.after !== null) - Number(b.after !== null));
  const after = new Map([...events].map((event) => [event, checks_after(event)]));
  return { properties, by_need, always: checks_after(null), after };
}

/**
 * True only if judge() returns null for every property. It reads no property object, because these differ in their
 * shapes (which is slow in V8), and it skips events that did not happen.
 */
export function all_hold<View>(session: Session<View>, judges: Judges<View>, goes_on: boolean): boolean {
  // After a crash some properties are not judged. A crash is rare and ends the program, so judge() may handle it.
  if (!goes_on) return false;
  const { view, happened } = session;
  try {
    if (!hold(view, happened, judges)) return false;
    const beside = session.beside?.();
    return !beside || hold(beside, happened, judges);
  } catch {
    // An implementation that has broken its own state: judge() says so.
    return false;
  }
}

function hold<View>(view: View, happened: Session<View>['happened'], { always, after }: Judges<View>): boolean {
  if (!all_silent(view, always)) return false;
  for (let i = 0; i < happened.length; i++) {
    const checks = after.get(happened[i] as string);
    if (checks && !all_silent(view, checks)) return false;
  }
  return true;
}

function all_silent<View>(view: View, checks: readonly Check<View>[]): boolean {
  for (let i = 0; i < checks.length; i++) if ((checks[i] as Check<View>)(view) !== null) return false;
  return true;
}
