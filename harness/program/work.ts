/**
 * Work that needs programs run, written once for those who run them at once and for those who take their time: it yields
 * program after program, and is sent what came of each.
 */
import type { Program } from './command';

export type Work<Came, Result> = Generator<Program, Result, Came>;

/**
 * Where a program has run when `run` returns: a model in this thread. What `run` throws is thrown where the program was asked
 * for.
 */
export function at_once<Came, Result>(work: Work<Came, Result>, run: (program: Program) => Came): Result {
  let step = work.next();
  while (!step.done) {
    let came: Came;
    try {
      came = run(step.value);
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(came);
  }
  return step.value;
}

/** The same, where that takes a while: another thread, a real machine. */
export async function in_turn<Came, Result>(
  work: Work<Came, Result>,
  run: (program: Program) => Came | Promise<Came>,
): Promise<Result> {
  let step = work.next();
  while (!step.done) {
    let came: Came;
    try {
      came = await run(step.value);
    } catch (error) {
      step = work.throw(error);
      continue;
    }
    step = work.next(came);
  }
  return step.value;
}
