/**
 * Programs that a search is going to run, run before it asks for them: on a machine that runs several at a time. The search asks
 * in the same order as ever, so what it finds does not depend on how many there are.
 */
import type { Program } from '../program/command';

/** Results that wait for the search to ask for them, for each program that runs at a time. */
const WAITING_FOR_EACH = 32;

export interface Ahead<Came> {
  /** Runs the program that comes next, if it has not been run already. */
  run(program: Program): Promise<Came>;
}

/**
 * Runs `expected` programs, in their order, whenever fewer than `at_once` programs run. Each is run for the search once: the
 * same program a second time is run a second time. A program that fails to run fails where the search asks for it.
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
      // A machine that does not come up again will not do so for the next one.
      more = false;
      throw error;
    } finally {
      running--;
      // The search first: what it asks for next is not known ahead while it shrinks.
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
