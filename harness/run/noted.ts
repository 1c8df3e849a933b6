/** A session that somebody looks at after each command. */
import type { Heartbeat } from '../pool/heartbeat';
import type { Program } from '../program/command';
import type { Suite } from '../suite';
import { run } from './run';
import { type Found, type Session, session_with } from './session';

/** The same session. `note` is called after each command, and after the paused ones have run to their end at the last. */
export function noted<View>(session: Session<View>, note: (view: View) => void): Session<View> {
  const look = () => {
    try {
      note(session.view);
    } catch {
      // A crash has left nothing that can be looked at: the verdict says so.
    }
  };
  const { excuses } = session;
  return session_with(session, {
    step(command) {
      const goes_on = session.step(command);
      look();
      return goes_on;
    },
    finish() {
      const goes_on = session.finish?.() ?? null;
      if (goes_on !== null) look();
      return goes_on;
    },
    ...(excuses && { excuses: (property, breach) => excuses.call(session, property, breach) }),
  });
}

/** What a program breaks, and what the suite shows of the machine after each command: plain data. */
export interface Pictured {
  readonly found: readonly Found[];
  readonly pictures: readonly unknown[];
}

/** Runs the whole program. */
export function pictured<View>(suite: Suite<View>, variant: string, program: Program, heartbeat?: Heartbeat): Pictured {
  const pictures: unknown[] = [];
  const session = noted(suite.start(variant), (view) => pictures.push(suite.picture(view)));
  return { found: run(session, program, [...suite.properties.values()], { heartbeat, to_the_end: true }), pictures };
}
