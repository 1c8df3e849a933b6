/** An implementation of a suite behind the port that real machines are behind: its programs run in this thread. */
import { cut } from '../certify/certify';
import { difference_to, steps_of } from '../certify/steps';
import { random_of_case } from '../generate/seed';
import type { Program } from '../program/command';
import { one_line } from '../program/text';
import type { Property } from '../run/property';
import type { Judged } from '../run/ran';
import { run } from '../run/run';
import type { Session } from '../run/session';
import type { Row } from '../run/step';
import type { Suite } from '../suite';
import type { Runner } from './runner';

/** What a program did, and what is compared of it after each command. */
export interface ModelRun extends Judged {
  readonly rows: readonly Row[];
}

export type ModelRunner = Runner<ModelRun> & { run(program: Program): ModelRun };

/** Nothing is known of it. `properties`: those that are judged. */
export function model_runner<View>(
  suite: Suite<View>,
  variant: string,
  properties: readonly Property<View>[] = [...suite.properties.values()],
): ModelRunner {
  return {
    space: suite.space,
    draw: (seed, index) => suite.programs.draw(random_of_case(seed, index)),
    run(program) {
      const rows: Row[] = [];
      const found = run(noting(suite, suite.start(variant), rows), program, properties, { to_the_end: true });
      return { program, found, rows, unusable: null, commands: program.length, skipped: [] };
    },
    replays: 3,
    shrunk_at_most: 1,
    applies: () => false,
    listed: () => [],
    known: () => null,
    fixed: () => [],
    canonical_text: (program) => one_line(suite, suite.canonical(program)),
    steps: ({ program }, found) => steps_of(suite, variant, program, [found]),
    kills: () => false,
    difference_to: (ran, step, steps) => difference_to(suite, variant, steps)(ran, step),
    upto: (ran, step) => ({ ...ran, ...cut(ran, step), rows: ran.rows.slice(0, step + 1) }),
  };
}

/** The same session; after each command, what is compared of its machine is added to the rows. */
function noting<View>(suite: Suite<View>, session: Session<View>, rows: Row[]): Session<View> {
  return {
    get view() {
      return session.view;
    },
    get happened() {
      return session.happened;
    },
    beside: () => session.beside?.() ?? null,
    step(command) {
      const goes_on = session.step(command);
      rows.push(suite.compared(session.view));
      return goes_on;
    },
    finish: () => session.finish?.() ?? null,
  };
}
