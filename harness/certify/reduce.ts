/** Work on a failing program, independent of who runs it: shrink it, repeat it, find what each command is for. */
import type { Program } from '../program/command';
import { shrink_program, shrinking } from '../program/shrink';
import type { Work } from '../program/work';
import type { Broken, Ran, Reduction } from '../run/ran';

const never = () => false;

/**
 * Shrinks until no command can be left out and no argument can be simpler. Returns the smallest program found that
 * still violates the property, cut after the command that violates it; null if no smaller program violates it. `known`
 * is a run that violated the property, if there is one.
 */
export function* reduce<R extends Ran>(
  { space, upto, model_breaks, milder }: Reduction<R>,
  program: Program,
  property: string,
  known: Broken<R> | null,
  stopped: () => boolean = never,
): Work<R, Broken<R> | null> {
  let best = known;
  function* fails(candidate: Program): Work<R, boolean> {
    if (stopped()) return false;
    const ran = yield candidate;
    const found = ran.found.find((one) => one.property === property);
    if (found) best = { ran: upto(ran, found.step), found };
    return found !== undefined;
  }
  const smallest_known = () => best?.ran.program ?? program;
  if (model_breaks?.(program, property)) {
    yield* fails(shrink_program(space, program, (candidate) => model_breaks(candidate, property)));
  }
  for (let again = true; again; ) {
    const smallest = yield* answered(shrinking(space, smallest_known()), fails);
    // The commands after the violation are cut off. The remaining program may need fewer commands, so shrink it again.
    again = smallest_known().length < smallest.length;
    for (const simpler of milder?.(smallest_known()) ?? []) {
      if (!(yield* fails(simpler))) continue;
      again = true;
      break;
    }
  }
  return best;
}

/** Runs `questions`, and answers each of its programs by the work that `answer` returns. */
function* answered<R, T>(questions: Work<boolean, T>, answer: (program: Program) => Work<R, boolean>): Work<R, T> {
  let step = questions.next();
  while (!step.done) step = questions.next(yield* answer(step.value));
  return step.value;
}

/** `again` of `replays` replays showed the violation. */
export interface Confirmed {
  readonly again: number;
  readonly replays: number;
}

/** Runs a program `times` more times. A verdict is what happens every time. */
export function* confirm<Came>(
  program: Program,
  same: (came: Came) => boolean,
  times: number,
  stopped: () => boolean = never,
): Work<Came, Confirmed> {
  let again = 0;
  let replays = 0;
  for (; replays < times && !stopped(); replays++) if (same(yield program)) again++;
  return { again, replays };
}

/**
 * For each command, what happens to the property without it. `difference_to` is called for the programs on which the
 * property then holds.
 */
export function* purposes<R extends Ran>(
  program: Program,
  property: string,
  difference_to: (ran: R, step: number) => string,
  stopped: () => boolean = never,
): Work<R, string[]> {
  const texts: string[] = [];
  for (let step = 0; step < program.length && !stopped(); step++) {
    const ran = yield program.filter((_, other) => other !== step);
    const breaks = ran.found.some((one) => one.property === property);
    texts.push(breaks ? 'still breaks' : `holds${difference_to(ran, step)}`);
  }
  return texts;
}
