/** An implementation on a base that breaks properties by itself, held to everything but that. */
import { judge } from './run';
import { type Session, session_with } from './session';

/**
 * The same session, with the base run on the same program. A violation is the base's own only if the base violates the same
 * property after the same command with the same numbers. Once the base has crashed, nothing is the base's own.
 */
export function beside_base<View>(session: Session<View>, base: Session<View>): Session<View> {
  /** The result of the base's last step; null if it took none, because it had crashed or had nothing to finish. */
  let base_goes_on: boolean | null = true;
  return session_with(session, {
    step(command) {
      base_goes_on = base_goes_on ? base.step(command) : null;
      return session.step(command);
    },
    finish() {
      base_goes_on = base_goes_on ? (base.finish?.() ?? null) : null;
      return session.finish?.() ?? null;
    },
    excuses(property, { got, want }) {
      const own = base_goes_on === null ? null : judge(base, property, base_goes_on);
      return own !== null && own.got === got && own.want === want;
    },
  });
}
