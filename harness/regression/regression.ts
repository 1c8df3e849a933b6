import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Counterexample, Proof } from '../certify/certify';
import { CallError, known } from '../errors';
import { type Expectation, test_bed_of, unmet } from '../expectation';
import { read_json, read_text } from '../files/read';
import { random_of_case } from '../generate/seed';
import type { Case } from '../program/case';
import type { Program } from '../program/command';
import { canonical_texts, parse_program, program_texts } from '../program/text';
import { run } from '../run/run';
import type { Suite } from '../suite';

/** Where a program breaks nothing. `names`: what an implementation may be called. */
export const holds_shape = <Name extends z.ZodType<string>>(names: Name) =>
  z
    .union(
      [
        z.literal('conforming'),
        z.strictObject({
          conforming: z.literal(true),
          except: z
            .partialRecord(names, z.string().min(1))
            .optional()
            .describe('Exceptions: which of these do not hold, and why.'),
          also: z.array(names).optional().describe('Others.'),
        }),
        z.array(names),
      ],
      {
        error:
          'wanted "conforming", { "conforming": true, "except": { NAME: "why" }, "also": [NAME] } or a list of names',
      },
    )
    .describe(
      'Implementations on which the program breaks no property at all; "conforming": all of the project\'s that break nothing.',
    );

/** The version of a regression's form: it goes up where what was right by then is read otherwise. */
export const FIXTURE_VERSION = 1;

/** A regression: a program, and the verdict on it per implementation. The seed is only where it came from. */
export const REGRESSION = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(FIXTURE_VERSION).optional().describe('The version of this format; 1 if it is left out.'),
  program: z.array(z.string()).min(1).describe('The commands, one text each: this is the fixture.'),
  violates: z
    .record(z.string(), z.string())
    .describe('By implementation, the property that breaks at the last command, and not before.'),
  holds: holds_shape(z.string()),
  kernels: z
    .record(z.string(), z.array(z.string()).min(1))
    .optional()
    .describe('By version of a real kernel (7.3.4), the properties that were seen to break on it at the last command.'),
  postmortem: z.string().min(1).describe('What went wrong, and why.'),
  found: z
    .strictObject({
      seed: z.string(),
      case: z.int().nonnegative(),
      drawn: z
        .string()
        .optional()
        .describe('A digest of the program that the case drew: if the case draws another one now, that is drift.'),
      implementation: z.string().optional().describe("The user's own implementation that it was found on."),
      certified: z.string().optional().describe('What was searched to prove that nothing simpler fails.'),
    })
    .optional()
    .describe('Where it came from; missing in those written by hand.'),
});
export type RegressionFile = z.infer<typeof REGRESSION>;

export interface Regression extends Omit<RegressionFile, 'holds'> {
  readonly name: string;
  readonly parsed: Program;
  /** The implementations by name, whatever the file calls them. */
  readonly holds: readonly string[];
}

/** Reads a regression, its program, implementations and properties checked. */
export function read_regression<View>(suite: Suite<View>, file: string, text = read_text(file)): Regression {
  const regression = in_names_of_today(suite, read_json(file, REGRESSION, text));
  try {
    for (const [variant, property] of Object.entries(regression.violates)) {
      known('variant', variant, suite.variants);
      known('property', property, suite.properties);
    }
    const seen = new Map(suite.seen_on_kernels.map((name) => [name, name]));
    for (const property of Object.values(regression.kernels ?? {}).flat()) known('property', property, seen);
    const holds = names_that_hold(suite, regression.holds);
    expect_a_verdict(regression, holds);
    const parsed = parse_program(suite.commands, suite.bounds, regression.program);
    return { ...regression, name: basename(file, '.json'), parsed, holds };
  } catch (error) {
    if (error instanceof CallError) throw new CallError(`${file}: ${error.message}`);
    throw error;
  }
}

function in_names_of_today<View>({ name_today: today }: Suite<View>, file: RegressionFile): RegressionFile {
  const renamed = (names: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(names).map(([name, other]) => [today(name), today(other)]));
  const { violates, holds, kernels } = file;
  const seen = kernels && Object.entries(kernels).map(([version, names]) => [version, names.map(today)] as const);
  return {
    ...file,
    violates: renamed(violates),
    holds: holds_today(today, holds),
    ...(seen ? { kernels: Object.fromEntries(seen) } : {}),
  };
}

function holds_today(today: (name: string) => string, holds: RegressionFile['holds']): RegressionFile['holds'] {
  if (holds === 'conforming') return holds;
  if (!('conforming' in holds)) return holds.map(today);
  const except = Object.entries(holds.except ?? {}).map(([name, why]) => [today(name), why] as const);
  return { conforming: true, except: Object.fromEntries(except), also: (holds.also ?? []).map(today) };
}

/** Throws a CallError for a fixture that checks nothing, or says two things of one implementation. */
function expect_a_verdict({ violates, kernels = {} }: RegressionFile, holds: readonly string[]): void {
  const both = Object.keys(violates).find((name) => holds.includes(name));
  if (both !== undefined) throw new CallError(`${both} is in "violates" and in "holds": it does one or the other`);
  if (Object.keys(violates).length + holds.length + Object.keys(kernels).length === 0)
    throw new CallError('"violates" and "holds" name nothing: it checks nothing');
}

/** Throws a CallError for a name that is unknown, or an exception from what does not conform. */
function names_that_hold<View>(
  { variants, conforming }: Suite<View>,
  holds: RegressionFile['holds'],
): readonly string[] {
  if (holds === 'conforming') return conforming;
  const { except = {}, also } = 'conforming' in holds ? holds : { also: holds };
  for (const name of [...Object.keys(except), ...(also ?? [])]) known('variant', name, variants);
  const wrong = Object.keys(except).find((name) => !conforming.includes(name));
  if (wrong !== undefined) throw new CallError(`holds: ${wrong} does not conform, and is no exception from what does`);
  const all = 'conforming' in holds ? conforming.filter((name) => !Object.hasOwn(except, name)) : [];
  return [...new Set([...all, ...(also ?? [])])];
}

/** The JSON Schema of the fixtures, beside them: editors find it by their `$schema`. */
export const SCHEMA_FILE = 'schema.json';

/** The files of the suite's folder, in the order of their names. */
export const regressions_in = <View>({ regressions }: Suite<View>): string[] =>
  readdirSync(regressions)
    .filter((file) => file.endsWith('.json') && file !== SCHEMA_FILE)
    .sort()
    .map((file) => join(regressions, file));

export const regression_names = <View>(suite: Suite<View>): string[] =>
  regressions_in(suite).map((file) => basename(file, '.json'));

/** All of the suite's folder, in the order of their names. Throws a CallError for the first that is wrong. */
export const read_regressions = <View>(suite: Suite<View>): Regression[] =>
  regressions_in(suite).map((file) => read_regression(suite, file));

/** What a regression says of each implementation that it names. What follows from a defect is nobody's claim about a program. */
export function expectations_of<View>(
  suite: Suite<View>,
  { name, program, violates, holds, postmortem }: Regression,
): Expectation<View>[] {
  const trial = { name, program, why: postmortem };
  return [
    ...Object.entries(violates).map(([variant, property]) => ({ ...trial, on: [variant], breaks: [property] })),
    ...holds.map((variant) => ({ ...trial, on: [variant], holds_but: suite.variants.get(variant)?.follows ?? [] })),
  ];
}

/** What is not as the regression says, a line each; nothing if all is. */
export function replay<View>(suite: Suite<View>, regression: Regression): string[] {
  const bed = test_bed_of(suite);
  return expectations_of(suite, regression).flatMap((expected) => unmet(bed, expected) ?? []);
}

/** Names a program that a case drew, to see later whether it still does. */
export function digest<View>(suite: Suite<View>, program: Program): string {
  return createHash('sha256').update(canonical_texts(suite.commands, program).join('\n')).digest('hex').slice(0, 16);
}

const DRIFT = 'drift (the program counts, not the seed)';
/** If more have drifted, a command or a weight is new: then there is one line for all. */
const DRIFTED_AT_MOST = 3;

/** Regressions whose seed now draws another program, a line each or one for many: no error, the program is the fixture. */
export function drifted<View>(suite: Suite<View>, regressions: readonly Regression[]): string[] {
  const others = regressions.flatMap(({ name, found }) => {
    if (!found?.drawn) return [];
    const draws = digest(suite, suite.programs.draw(random_of_case(found.seed, found.case)));
    return draws === found.drawn ? [] : [{ name, text: `${found.seed}:${found.case} now draws another program` }];
  });
  if (others.length <= DRIFTED_AT_MOST) return others.map(({ name, text }) => `${DRIFT}: ${name}: ${text}`);
  const names = others.map(({ name }) => name).join(', ');
  return [`${DRIFT}: the seeds of ${others.length} regressions now draw other programs: ${names}`];
}

/** Regressions that are one bug: the same property broken by the same program up to symmetry. */
export function same_bugs<View>(suite: Suite<View>, regressions: readonly Regression[]): string[] {
  const bugs = new Map<string, string[]>();
  for (const { name, parsed, violates } of regressions) {
    const program = program_texts(suite.commands, suite.canonical(parsed)).join('; ');
    for (const property of new Set(Object.values(violates))) {
      const bug = `${property}: ${program}`;
      bugs.set(bug, [...(bugs.get(bug) ?? []), name]);
    }
  }
  return [...bugs].filter(([, names]) => names.length > 1).map(([bug, names]) => `${names.join(' and ')}: ${bug}`);
}

/** On which implementations of the project a program breaks this property at its end, and which hold as they should. */
export function judged_on_all<View>(
  suite: Suite<View>,
  own: string | null,
  program: Program,
  property: string,
): Pick<RegressionFile, 'violates' | 'holds'> {
  const violates: Record<string, string> = {};
  const holds: string[] = [];
  for (const { name, violates: expected } of suite.variants.values()) {
    if (name === own) continue;
    const broken = run(suite.start(name), program, [...suite.properties.values()]);
    if (broken.some((one) => one.property === property && one.step === program.length - 1)) violates[name] = property;
    if (expected.length === 0 && broken.length === 0) holds.push(name);
  }
  return { violates, holds: suite.conforming.every((name) => holds.includes(name)) ? 'conforming' : holds };
}

/** The text of a regression made of a counterexample: judged on every implementation of the project. */
export function regression_text<View>(
  suite: Suite<View>,
  variant: string,
  own: string | null,
  { seed, index }: Case,
  { program, property, found, certificate }: Counterexample,
): string {
  const drawn = digest(suite, suite.programs.draw(random_of_case(seed, index)));
  return kept_text(suite, own, program, property, {
    postmortem: `${suite.properties.get(property)?.claim}: got ${found.breach.got}, want ${found.breach.want}.`,
    found: {
      seed,
      case: index,
      drawn,
      ...(variant === own ? { implementation: variant } : {}),
      ...(certificate.certified ? { certified: certificate.text } : {}),
    },
  });
}

/** The same, of what was seen on a real machine. */
export function regression_of_machine<View>(
  suite: Suite<View>,
  { version, release }: { readonly version: string; readonly release: string },
  { program, property, found }: Proof,
  from: Case | null,
): string {
  return kept_text(suite, null, program, property, {
    kernels: { [version]: [property] },
    postmortem: `Seen on ${release}: got ${found.breach.got}, want ${found.breach.want}.`,
    ...(from ? { found: { seed: from.seed, case: from.index } } : {}),
  });
}

/** A program, what the project's implementations make of it, and where it came from. */
function kept_text<View>(
  suite: Suite<View>,
  own: string | null,
  program: Program,
  property: string,
  rest: Pick<RegressionFile, 'kernels' | 'postmortem' | 'found'>,
): string {
  const { violates, holds } = judged_on_all(suite, own, program, property);
  const texts = program_texts(suite.commands, program);
  const head = { $schema: `./${SCHEMA_FILE}`, version: FIXTURE_VERSION } as const;
  const regression: RegressionFile = { ...head, program: texts, violates, holds, ...rest };
  return `${JSON.stringify(regression, null, 2)}\n`;
}
