/**
 * What is expected of implementations. Seeded faults, negative tests, behaviours, regressions and the claims of
 * variants all have this form, and one function, `unmet`, judges them.
 */
import { known } from './errors';
import type { Command, Program } from './program/command';
import { parse_program } from './program/text';
import type { Goal, Property } from './run/property';
import { run } from './run/run';
import type { Session } from './run/session';
import type { Suite, VariantInfo } from './suite';

/** What is run, and on which variants. */
export interface Trial {
  /** Its name. Without one, the variant and the properties identify it. */
  readonly name?: string;
  /** The variants to run on. */
  readonly on: readonly string[];
  /** The commands, one text each. If there are none, the programs of a random search are run. */
  readonly program?: readonly string[];
  readonly why?: string;
}

/** Each property is violated: in some program of the search, or at the last command of the program and not before. */
export interface Breaks {
  readonly breaks: readonly string[];
}

/** All properties hold except these, which are not judged. All programs together reach the goals. */
export interface Holds<View> {
  readonly holds_but: readonly string[];
  readonly reaches?: readonly Goal<View>[];
}

/** The first violation of the properties in `asked` has this text; null: there is no violation. */
export interface Says {
  readonly asked: readonly string[];
  readonly verdict: string | null;
}

/** `sees` returns `want` after the last command. */
export interface Sees<View> {
  /** A number read before the last command. `sees` gets it, so that it can count only what the last command adds. */
  before?(view: View): number;
  sees(view: View, before: number): number | string;
  readonly want: number | string;
}

/**
 * `Change`: what a test bed can change in a variant before it runs. An expectation has these changes as fields, too.
 */
export type Expectation<View, Change = unknown> = Trial & Change & (Breaks | Holds<View> | Says | Sees<View>);

/** Runs expectations: it parses their programs and starts their variants with the wanted changes. */
export interface TestBed<View, Change = unknown> {
  readonly properties: ReadonlyMap<string, Property<View>>;
  read(program: readonly string[], change: Change): Program;
  start(variant: string, change: Change): Session<View>;
}

/** The variants of a suite, without changes. */
export const test_bed_of = <View>({ commands, bounds, properties, start }: Suite<View>): TestBed<View> => ({
  properties,
  read: (program) => parse_program(commands, bounds, program),
  start: (variant) => start(variant),
});

/** The random programs to run: from number `first` up to, but not including, `last`. */
export interface RandomPrograms {
  readonly first: number;
  readonly last: number;
  program(i: number): Program;
}

/** A variant violates every property that it declares in `violates`. */
export const breaks_what_it_says = ({ name, violates }: VariantInfo) => ({ on: [name], breaks: violates });

/** A variant violates only the properties that it declares in `violates` or `follows`. */
export const breaks_nothing_else = <View>(
  { name, violates, follows }: VariantInfo,
  reaches: readonly Goal<View>[] = [],
) => ({ on: [name], holds_but: [...violates, ...follows], reaches });

/**
 * Describes in one line what is not as expected, for the first variant that fails. Returns null if everything is as
 * expected. Throws if there is neither a program nor a search.
 */
export function unmet<View, Change>(
  bed: TestBed<View, Change>,
  expected: Expectation<View, Change>,
  search: RandomPrograms | null = null,
): string | null {
  const given = expected.program && bed.read(expected.program, expected);
  if (!given && !search) throw new Error('an expectation without a program needs a search');
  const programs = given ? { first: 0, last: 1, program: () => given } : (search as RandomPrograms);
  for (const variant of expected.on) {
    const wrong = unmet_on(bed, variant, expected, programs);
    if (wrong !== null) return [...(expected.name ? [expected.name] : []), `${variant} ${wrong}`].join(': ');
  }
  return null;
}

function unmet_on<View, Change>(
  bed: TestBed<View, Change>,
  variant: string,
  expected: Expectation<View, Change>,
  programs: RandomPrograms,
): string | null {
  const start = () => bed.start(variant, expected);
  if ('breaks' in expected) {
    const claims = expected.breaks.map((name) => known('property', name, bed.properties));
    return expected.program ? not_at_the_end(start, claims, programs.program(0)) : not_broken(start, claims, programs);
  }
  if ('holds_but' in expected) {
    const asked = [...bed.properties.values()].filter(({ name }) => !expected.holds_but.includes(name));
    return broken(start, asked, expected.reaches ?? [], programs, expected.program === undefined);
  }
  if ('verdict' in expected) {
    const asked = [...bed.properties.values()].filter(({ name }) => expected.asked.includes(name));
    const verdict = first_verdict(start, asked, programs);
    return verdict === expected.verdict ? null : `says ${verdict}, want ${expected.verdict}`;
  }
  const seen = seen_at_the_end(start(), expected, programs.program(0));
  const told = (value: number | string) => (value === '' ? 'nothing' : value);
  return seen === expected.want ? null : `shows ${told(seen)}, want ${told(expected.want)}`;
}

type Start<View> = () => Session<View>;
type Claims<View> = readonly Property<View>[];

function not_at_the_end<View>(start: Start<View>, claims: Claims<View>, program: Program): string | null {
  for (const claim of claims) {
    const [found] = run(start(), program, [claim]);
    if (!found) return `does not break ${claim.name}`;
    if (found.step !== program.length - 1) return `breaks ${claim.name} at command ${found.step + 1}, not at the last`;
  }
  return null;
}

function not_broken<View>(
  start: Start<View>,
  claims: Claims<View>,
  { first, last, program }: RandomPrograms,
): string | null {
  let left = claims;
  for (let i = first; i < last && left.length > 0; i++) {
    const found = run(start(), program(i), left);
    left = left.filter(({ name }) => !found.some(({ property }) => property === name));
  }
  return left.length === 0 ? null : `does not break ${left.map(({ name }) => name).join(', ')}`;
}

function broken<View>(
  start: Start<View>,
  asked: Claims<View>,
  reaches: readonly Goal<View>[],
  { first, last, program }: RandomPrograms,
  of_many: boolean,
): string | null {
  const left = new Set(reaches);
  for (let i = first; i < last; i++) {
    const [found] = run(start(), program(i), asked, { goals: left });
    if (!found) continue;
    const where = of_many ? ` in case ${i}` : '';
    return `breaks ${found.property}${where}: got ${found.breach.got}, want ${found.breach.want}`;
  }
  return left.size > 0 ? `never reaches ${[...left].map(({ name }) => name).join(', ')}` : null;
}

function first_verdict<View>(
  start: Start<View>,
  asked: Claims<View>,
  { first, last, program }: RandomPrograms,
): string | null {
  for (let i = first; i < last; i++) {
    const [found] = run(start(), program(i), asked);
    if (found) return found.breach.got;
  }
  return null;
}

function seen_at_the_end<View>(session: Session<View>, wanted: Sees<View>, program: Program): number | string {
  const { view } = session;
  let before = 0;
  for (const command of program as readonly Command[]) {
    before = wanted.before?.(view) ?? 0;
    if (!session.step(command)) break;
  }
  return wanted.sees(view, before);
}
