/** For implementations that hang: their programs are run one by one, under the watchdog. */

import { program_of } from '../explore/expand';
import { Hung, type Pool } from '../pool/pool';
import type { Program } from '../program/command';
import { one_line } from '../program/text';
import { in_turn } from '../program/work';
import type { Ran } from '../run/ran';
import type { Found } from '../run/session';
import type { Step } from '../run/step';
import type { Suite } from '../suite';
import { type Counterexample, not_again, type Proof, run_up_to, UNLIKE } from './certify';
import { reduce } from './reduce';
import { listed } from './steps';

/** Seconds that a command may take once it is known that some commands never end. */
const KNOWN_HANG_TIMEOUT_S = 1;

/** The first violation of each property by a program. A program that hangs violates the property `suite.ends`. */
export async function run_watched<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  program: Program,
): Promise<Found[]> {
  try {
    return await pool.ask({ kind: 'run', variant, program }, KNOWN_HANG_TIMEOUT_S);
  } catch (error) {
    if (!(error instanceof Hung)) throw error;
    const step = error.where.kind === 'program' ? error.where.step : program.length - 1;
    return [{ property: suite.ends, step, breach: { got: error.message, want: 'it ends' }, hung: true }];
  }
}

/**
 * The steps of a program, run under the watchdog. If a property is given and no shorter program hangs, each step says
 * what its command is for. If the program itself hangs, the steps are the commands alone.
 */
export async function steps_watched<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  program: Program,
  property: string | null,
): Promise<Step[]> {
  try {
    return await pool.ask({ kind: 'steps', variant, program, property });
  } catch (error) {
    if (!(error instanceof Hung)) throw error;
    return property === null ? listed(suite, program) : steps_watched(suite, pool, variant, program, null);
  }
}

/** Shrinks and certifies programs of an implementation that may hang in any of them. */
export async function prove_beside_hangs<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  known: Readonly<Record<string, Program>>,
  transitions: number,
): Promise<Counterexample[]> {
  const proven: Counterexample[] = [];
  for (const [property, program] of Object.entries(known)) {
    const breach = async (candidate: Program) =>
      (await run_watched(suite, pool, variant, candidate)).find((found) => found.property === property);
    // Each program that hangs takes KNOWN_HANG_TIMEOUT_S seconds, so shrinking must stop soon after a request to stop.
    const runs = async (candidate: Program): Promise<Ran> => {
      return { program: candidate, found: await run_watched(suite, pool, variant, candidate) };
    };
    const work = reduce({ space: suite.space, upto: run_up_to }, program, property, null, pool.stopped);
    const smallest = (await in_turn(work, runs))?.ran.program ?? program;
    const found = await breach(smallest);
    const shrunk = smallest.slice(0, (found?.step ?? smallest.length) + 1);
    const failed = async (breach: Found, text: string) =>
      told_watched(suite, pool, variant, uncertified({ property, program: shrunk, found: breach }, text, false));
    if (!found) proven.push(await failed(not_again(property, shrunk), UNLIKE));
    else if (pool.stopped()) proven.push(await failed(found, 'stopped before it was shrunk'));
    else proven.push(await certify_watched(suite, pool, variant, { property, program: shrunk, found }, transitions));
  }
  return proven;
}

type Uncertified = Omit<Proof, 'certificate'>;

const uncertified = (known: Uncertified, text: string, needed: boolean): Proof => {
  return { ...known, certificate: { certified: false, needed, text, states: 0, transitions: 0 } };
};

/** Adds the steps, without what each command is for: any program other than this one may hang. */
async function told_watched<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  proof: Proof,
): Promise<Counterexample> {
  const { program, found } = proof;
  const steps = found.hung ? listed(suite, program) : await steps_watched(suite, pool, variant, program, null);
  return { ...proof, steps };
}

async function certify_watched<View>(
  suite: Suite<View>,
  pool: Pool,
  variant: string,
  known: Uncertified,
  transitions: number,
  retry = true,
): Promise<Counterexample> {
  const { property, program } = known;
  let text = 'no certificate came back';
  try {
    const job = { kind: 'certify', variant, known: { [property]: program }, seen: known.found, transitions } as const;
    const [proven] = await pool.ask(job, KNOWN_HANG_TIMEOUT_S);
    if (proven) return proven;
  } catch (error) {
    if (!(error instanceof Hung)) throw error;
    const { where, message } = error;
    const path = where.kind === 'alphabet' ? where.commands : [];
    const least = program_of(suite.state_space(variant, null, 0), path);
    // The last position that the thread reported is only a hint. The program must also hang there when it is run alone.
    const [again] = (await run_watched(suite, pool, variant, least)).filter((one) => one.hung);
    // A thread that got no CPU time does not count as a hang.
    if (!again && retry) return certify_watched(suite, pool, variant, known, transitions, false);
    const hangs = least.length > 0 && least.length <= program.length && again?.step === least.length - 1;
    if (property === suite.ends && hangs) {
      text = `minimal: every program before it in the order ends (${suite.alphabet(suite.proof_alphabet([program]))})`;
      const found = { property, step: least.length - 1, breach: { got: message, want: 'it ends' }, hung: true };
      const certificate = { certified: true, needed: true, text, states: 0, transitions: 0 };
      return told_watched(suite, pool, variant, { property, program: least, found, certificate });
    }
    text = again
      ? 'the implementation hangs in smaller programs'
      : `the search hung twice in "${one_line(suite, least)}", which ends when it is run by itself`;
  }
  return told_watched(suite, pool, variant, uncertified(known, text, true));
}
