/** What an implementation shows of itself in a program, for whoever compares two. */
import type { Heartbeat } from '../pool/heartbeat';
import type { Program } from '../program/command';
import type { Suite } from '../suite';
import type { Property } from './property';
import { run } from './run';
import { type Found, type Session, session_with } from './session';
import type { Row } from './step';

export interface Shown {
  /** The first breach of each property. */
  readonly found: readonly Found[];
  /** What is compared, after each command that was reached. */
  readonly rows: readonly Row[];
}

/** Runs the whole program. */
export function show<View>(
  suite: Suite<View>,
  variant: string,
  program: Program,
  properties: readonly Property<View>[],
  heartbeat?: Heartbeat,
): Shown {
  const rows: Row[] = [];
  const session = noting(suite, suite.start(variant), rows);
  return { found: run(session, program, properties, { heartbeat, to_the_end: true }), rows };
}

/** The same session; after each command, what is compared of its machine is added to the rows. */
function noting<View>(suite: Suite<View>, session: Session<View>, rows: Row[]): Session<View> {
  return session_with(session, {
    step(command) {
      const goes_on = session.step(command);
      rows.push(suite.compared(session.view));
      return goes_on;
    },
  });
}
