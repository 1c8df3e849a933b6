/** Claims, by what they wait for: nearly always all hold, and that is to be seen fast. */
import type { Breach, Property } from './property';
import type { Session } from './run';

type Check<View> = (view: View) => Breach | null;

/** The same claims as a list, and by the event that they wait for. */
export interface Judges<View> {
  readonly properties: readonly Property<View>[];
  /** The same, those first that wait for nothing. */
  readonly by_need: readonly Property<View>[];
  /** Of claims about every state. */
  readonly always: readonly Check<View>[];
  readonly events: readonly string[];
  /** For each event. */
  readonly after: readonly (readonly Check<View>[])[];
}

const known = new WeakMap<readonly Property<never>[], Judges<never>>();

/** Programs come by the thousand with one list of properties. */
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
  const events = [...new Set(properties.flatMap(({ after }) => (after === null ? [] : [after])))];
  const by_need = [...properties].sort((a, b) => Number(a.after !== null) - Number(b.after !== null));
  return { properties, by_need, always: checks_after(null), events, after: events.map(checks_after) };
}

/**
 * True only if judge() has nothing to say, whatever the property. Properties differ in their shape and an event's name is no
 * constant: so no property is looked at here, and no event twice.
 */
export function all_hold<View>(session: Session<View>, judges: Judges<View>, goes_on: boolean): boolean {
  // After a crash some are not judged: it comes seldom, and ends the program.
  if (!goes_on) return false;
  const { view, happened } = session;
  if (!hold(view, happened, judges)) return false;
  const beside = session.beside?.();
  return !beside || hold(beside, happened, judges);
}

function hold<View>(view: View, happened: Session<View>['happened'], { always, events, after }: Judges<View>): boolean {
  for (let i = 0; i < always.length; i++) if ((always[i] as Check<View>)(view) !== null) return false;
  for (let event = 0; event < events.length; event++) {
    if (!happened[events[event] as string]) continue;
    const checks = after[event] as readonly Check<View>[];
    for (let i = 0; i < checks.length; i++) if ((checks[i] as Check<View>)(view) !== null) return false;
  }
  return true;
}
