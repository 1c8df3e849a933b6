/**
 * Runs programs before a search asks for them, on a machine that runs several at a time. The search asks for them in
 * the same order as without this, so its findings do not depend on how many run at a time.
 */
import type { Program } from '../program/command';

/** For each program that runs at a time: how many results may wait until the search asks for them. */
const WAITING_FOR_EACH = 32;

export interface Ahead<Came> {
  /** Returns the result of this program, which may have run already. */
  run(program: Program): Promise<Came>;
}

/**
 * Runs the `expected` programs in their order, at most `at_once` at a time. Each run answers one request: if the search
 * asks for the same program again, it runs again. An error while running a program is thrown where the search asks for
 * that program.
 */
export function run_ahead<Came>(
  run: (program: Program) => Came | Promise<Came>,
  at_once: number,
  expected: Iterator<Program>,
  stop: { readonly aborted: boolean },
): Ahead<Came> {
  const begun = new Map<Program, Promise<Came>>();
  let running = 0;
  let more = true;
  const start = async (program: Program): Promise<Came> => {
    running++;
    try {
      return await run(program);
    } catch (error) {
      // If a machine does not start again, it will not start for the next program either.
      more = false;
      throw error;
    } finally {
      running--;
      // The search goes first: while it shrinks, the programs that it asks for are not among the expected ones.
      setImmediate(fill);
    }
  };
  const fill = () => {
    while (more && !stop.aborted && running < at_once && begun.size < at_once * WAITING_FOR_EACH) {
      const next = expected.next();
      if (next.done) {
        more = false;
        return;
      }
      if (begun.has(next.value)) continue;
      const came = start(next.value);
      came.catch(() => {});
      begun.set(next.value, came);
    }
  };
  fill();
  return {
    run(program) {
      const came = begun.get(program) ?? start(program);
      begun.delete(program);
      fill();
      return came;
    },
  };
}
