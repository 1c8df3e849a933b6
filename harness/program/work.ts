/**
 * Work that needs programs to be run. It yields one program after the other and is sent the result of each, so that the
 * same code serves synchronous and asynchronous runners.
 */
import type { Program } from './command';

export type Work<Came, Result> = Generator<Program, Result, Came>;

/** Runs the work with a synchronous `run`: a model in this thread. An error of `run` is thrown at the yield. */
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

/** Runs the work with an asynchronous `run`: another thread, or a real machine. */
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
