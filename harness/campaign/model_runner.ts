/** Runs programs on an implementation of a suite as if it were a real machine, in this thread. */
import { run_up_to } from '../certify/certify';
import { difference_to, steps_of } from '../certify/steps';
import { random_of_case } from '../generate/seed';
import { Hung, type Pool } from '../pool/pool';
import type { Program } from '../program/command';
import { one_line } from '../program/text';
import type { Property } from '../run/property';
import type { Judged } from '../run/ran';
import { type Shown, show } from '../run/shown';
import type { Suite } from '../suite';
import type { Runner } from './runner';

/** The result of a program, and what is compared after each command. */
export type ModelRun = Judged & Shown;

export type ModelRunner = Runner<ModelRun> & { run(program: Program): ModelRun };

/** A runner without known defects. `properties`: those that are judged. */
export function model_runner<View>(
  suite: Suite<View>,
  variant: string,
  properties: readonly Property<View>[] = [...suite.properties.values()],
): ModelRunner {
  return {
    space: suite.space,
    draw: (seed, index) => suite.programs.draw(random_of_case(seed, index)),
    run(program) {
      const shown = show(suite, variant, program, properties);
      return { program, ...shown, unusable: null, commands: program.length, skipped: [] };
    },
    replays: 3,
    shrunk_at_most: 1,
    applies: () => false,
    listed: () => [],
    known: () => null,
    fixed: () => [],
    canonical_text: (program) => one_line(suite, suite.canonical(program)),
    steps: ({ program }, found) => steps_of(suite, variant, program, [found]),
    costly: () => false,
    difference_to: (ran, step, steps) => difference_to(suite, variant, steps)(ran, step),
    upto: (ran, step) => ({ ...ran, ...run_up_to(ran, step), rows: ran.rows.slice(0, step + 1) }),
  };
}

/**
 * The same in the threads of a pool, under their watchdog: a program that never ends violates the suite's `ends` at its
 * last command.
 */
export function pool_runner<View>(suite: Suite<View>, pool: Pool, variant: string): Runner<ModelRun> {
  const on_threads = async (program: Program): Promise<Shown> => {
    try {
      return await pool.ask({ kind: 'show', variant, program });
    } catch (error) {
      if (!(error instanceof Hung)) throw error;
      const breach = { got: 'it never ends', want: 'an end' };
      return { found: [{ property: suite.ends, step: program.length - 1, breach, hung: true }], rows: [] };
    }
  };
  return {
    ...model_runner(suite, variant),
    async run(program) {
      return { program, ...(await on_threads(program)), unusable: null, commands: program.length, skipped: [] };
    },
  };
}
