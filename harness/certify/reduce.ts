/** What is done to a program that breaks a property, whoever runs it: shrunk, seen again, asked what each command is for. */
import type { Program } from '../program/command';
import { shrink_program, shrinking } from '../program/shrink';
import type { Work } from '../program/work';
import type { Broken, Ran, Reduction } from '../run/ran';

const never = () => false;

/**
 * The smallest program found that still breaks the property, cut after the command that breaks it: until nothing can be left
 * out, and no argument be simpler. Null if nothing smaller breaks it. `known` is a run that broke it, if there is one.
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
    // What comes after the breach has been cut off: less may be needed for what is left.
    again = smallest_known().length < smallest.length;
    for (const simpler of milder?.(smallest_known()) ?? []) {
      if (!(yield* fails(simpler))) continue;
      again = true;
      break;
    }
  }
  return best;
}

/** Answers the questions of a work by other works. */
function* answered<R, T>(questions: Work<boolean, T>, answer: (program: Program) => Work<R, boolean>): Work<R, T> {
  let step = questions.next();
  while (!step.done) step = questions.next(yield* answer(step.value));
  return step.value;
}

/** How many of how many replays showed it again. */
export interface Confirmed {
  readonly again: number;
  readonly replays: number;
}

/** Runs a program so many times more: a verdict is what happens every time. */
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
 * What happens to the property when a command is left out, for each: what it is for. `difference_to` is told of those without
 * which the property holds.
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
