/** Which violations of a machine that nobody knows are one finding: what follows from a finding is none of its own. */
import type { Program } from '../program/command';
import type { Broken, Judged } from '../run/ran';

/** What is compared of a finding. */
interface Seen {
  readonly program: Program;
  readonly property: string;
  readonly also: readonly string[];
  readonly known: string | null;
}

/** Finding a longer program in another one takes too long. */
const LONGEST = 3;

/**
 * Whether the program of a finding is part of this one, up to symmetry, and ends where this one ends. Then what it
 * violates explains what this one violates there.
 */
export function is_part(part: Program, whole: Program, text_of: (program: Program) => string): boolean {
  const last = whole.at(-1);
  if (part.length > LONGEST || last?.name !== part.at(-1)?.name) return false;
  const wanted = text_of(part);
  const chosen = (rest: Program, before: Program): Program[] => {
    const [first, ...others] = rest;
    if (first === undefined) return [[]];
    return before.flatMap((command, i) =>
      command.name === first.name ? chosen(others, before.slice(i + 1)).map((more) => [command, ...more]) : [],
    );
  };
  const choices = chosen(part.slice(0, -1), whole.slice(0, -1));
  return last !== undefined && choices.some((choice) => text_of([...choice, last]) === wanted);
}

/** The new finding from which this violation follows: the program violates it, too, and not later; undefined if none. */
export function follows_from<R extends Judged, F extends Seen>(
  { ran, found }: Broken<R>,
  findings: readonly F[],
): F | undefined {
  const before = ran.found.filter(
    ({ property, step }) => step < found.step || (step === found.step && property !== found.property),
  );
  return findings.find(
    ({ known, property, also }) =>
      known === null && before.some((one) => one.property === property || also.includes(one.property)),
  );
}
