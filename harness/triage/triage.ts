/** Many runs side by side: which of what they found is new, known, rare or gone. Each program counts once for each subject. */
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import type { Suite } from '../suite';
import type { Runs, Searched, Sighting } from './runs';

/**
 * new: only the last run shows it, or shows a property broken by it that none before did, and nobody declares it. rare: less than
 * half of the runs show it, the last or not. gone: the last run does not show it, though by what the runs before show it
 * should have. known: the rest.
 */
export const STATUSES = ['new', 'rare', 'gone', 'known'] as const;
export type Status = (typeof STATUSES)[number];

export interface Triaged {
  readonly status: Status;
  readonly subject: string;
  readonly kernels: readonly string[];
  readonly program: Program;
  readonly properties: readonly string[];
  /** Of those, what no run before the last has shown. */
  readonly fresh: readonly string[];
  readonly certified: boolean | null;
  readonly declared: boolean;
  /** Numbers of the runs that tested the subject, and of those that show this. */
  readonly tested_in: readonly number[];
  readonly found_in: readonly number[];
  /** Of the first and the last run that show this, the sighting after the fewest programs. */
  readonly first: Sighting;
  readonly last: Sighting;
  /** The one to look at again, with a property and a case that belong together: of what is new, if anything is; otherwise the last. */
  readonly again: Sighting;
  /** The probability that the last run misses it, if it is there as often as before; null if the last run shows it. */
  readonly chance: number | null;
}

/** What is missed with a smaller probability than this is gone. */
const UNLIKELY = 0.01;

export function triage<View>(suite: Suite<View>, { searched, sightings }: Runs): Triaged[] {
  const groups = new Map<string, [Sighting, ...Sighting[]]>();
  for (const one of sightings) {
    // A rule has no program: what is broken is all that is known.
    const what = one.program.length > 0 ? program_texts(suite.commands, one.program) : one.properties;
    const key = JSON.stringify([one.subject, what]);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  const subjects = [...searched.keys()];
  return [...groups.values()]
    .map((group) => judged(group, searched.get(group[0].subject) ?? []))
    .sort(
      (a, b) =>
        STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) ||
        subjects.indexOf(a.subject) - subjects.indexOf(b.subject) ||
        a.program.length - b.program.length,
    );
}

function judged(all: readonly [Sighting, ...Sighting[]], tested: readonly Searched[]): Triaged {
  const [{ run: first_run }] = all;
  const last_run = all.at(-1)?.run;
  const first = soonest(all.filter(({ run }) => run === first_run)) ?? all[0];
  const in_last = all.filter(({ run }) => run === last_run);
  const last = soonest(in_last) ?? first;
  const latest = tested.at(-1);
  const found_in = [...new Set(all.map(({ run }) => run))];
  const properties_in = (some: readonly Sighting[]) => [...new Set(some.flatMap(({ properties }) => properties))];
  const properties = properties_in(all);
  const before = properties_in(all.filter(({ run }) => run !== latest?.run));
  const fresh = properties.filter((name) => !before.includes(name));
  const declared = all.some((one) => one.declared);
  const shown = last.run === latest?.run;
  const chance = shown || !latest ? null : chance_of_a_miss(all, tested, latest);
  const seldom = found_in.length * 2 < tested.length;
  const status = (): Status => {
    if (shown && fresh.length > 0 && !declared) return 'new';
    if (chance !== null) return chance < UNLIKELY ? 'gone' : 'rare';
    return seldom ? 'rare' : 'known';
  };
  return {
    status: status(),
    subject: first.subject,
    kernels: [...new Set(all.flatMap(({ kernel }) => kernel ?? []))],
    program: first.program,
    properties,
    fresh,
    certified: all.some(({ certified }) => certified === true) ? true : last.certified,
    declared,
    tested_in: tested.map(({ run }) => run),
    found_in,
    first,
    last,
    again: soonest(in_last.filter((one) => one.properties.some((name) => fresh.includes(name)))) ?? last,
    chance,
  };
}

/** After the fewest programs; the first of several, and of those that are not random. */
const soonest = ([one, ...others]: readonly Sighting[]): Sighting | undefined =>
  one && others.reduce((best, other) => (programs_of(other) < programs_of(best) ? other : best), one);

const programs_of = ({ programs }: Sighting): number => programs ?? 0;

/**
 * The probability that the last run misses it by chance. A run is a row of random programs that ends with the first that shows it:
 * of all rows, the rate is the number of finds by that of programs (one more, since one find says little). Programs that were all
 * tried miss nothing.
 */
function chance_of_a_miss(all: readonly Sighting[], tested: readonly Searched[], latest: Searched): number {
  const [{ program }] = all as readonly [Sighting];
  const depth = (one: Searched) => one.exhausted?.depth ?? 0;
  const alphabets = new Set(
    tested.flatMap(({ run, exhausted }) => (exhausted && all.some((one) => one.run === run) ? exhausted.alphabet : [])),
  );
  if (program.length <= depth(latest) && alphabets.has(latest.exhausted?.alphabet ?? '')) return 0;
  let finds = 0;
  let programs = 1;
  for (const one of tested) {
    if (one === latest) continue;
    const counts = all.flatMap((seen) => (seen.run === one.run && seen.programs !== null ? seen.programs : []));
    if (counts.length > 0) finds++;
    programs += counts.length > 0 ? Math.min(...counts) : one.programs;
  }
  return (1 - Math.min(1, finds / programs)) ** latest.programs;
}
