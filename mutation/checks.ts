/**
 * What kills a mutant of the models: recorded kernels, regressions, breakages made on purpose, and all properties over
 * fixed random programs.
 */
import { basename } from 'node:path';
import { SUITE } from '../bin/kvm/suite';
import { known } from '../harness/errors';
import { breaks_nothing_else, breaks_what_it_says, type Search, test_bed_of, unmet } from '../harness/expectation';
import { read_regressions, replay } from '../harness/regression/regression';
import type { VariantInfo } from '../harness/suite';
import { VARIANTS } from '../models/catalogue/catalogue';
import { conform, recorded_files } from '../models/observed/conform';
import { SCENARIOS, told_wrong } from '../models/observed/scenarios';
import { read_traces } from '../models/observed/traces';
import { BEHAVIOURS } from '../properties/behaviours/behaviours';
import { type KvmExpectation, TEST_BED } from '../properties/expectation';
import { NEGATIVE_TESTS } from '../properties/must_fail/negative_tests';
import { SEEDED_FAULTS } from '../properties/must_fail/seeded_faults';
import { misfilled } from './caches';
import { program_of } from './campaign';
import { strays } from './copies';

/** One question to the models. */
export interface Check {
  readonly name: string;
  /** Null if all is as it must be, else what is not. */
  run(): string | null;
}

/** Programs of the campaign `models` that a variant runs: the first few find most, the others what is left. */
const FEW = 20;
const MANY = 150;
/** Of variants with defects: that what they break is all they break, few programs tell; that they break it all, these. */
const OF_A_DEFECT = 20;
const UNTIL_BROKEN = 200;
/** Programs in the middle of which a machine is copied, or its TLBs are filled. */
const OF_A_COPY = 6;
/** Programs of a file of recordings. Most files hold 40 of a kind, on tables of the hardware's size. */
const OF_A_FILE = 4;

const regressions = (): Check[] =>
  read_regressions(SUITE).map((regression) => {
    return { name: `regression ${regression.name}`, run: () => replay(SUITE, regression)[0] ?? null };
  });

/** Every step of a file of recorded programs is reproduced, where no known defect shows by the reference, too. */
const recordings = (): Check[] =>
  recorded_files().map((file) => {
    const name = `conform ${basename(file, '.jsonl')}`;
    return { name, run: () => departure(conform(name, read_traces(file).slice(0, OF_A_FILE))) };
  });

function departure({ steps, variant_agreed, unexplained, first_disagreement }: ReturnType<typeof conform>) {
  if (variant_agreed === steps && unexplained === 0) return null;
  return `${steps - variant_agreed} of ${steps} steps are not reproduced, ${unexplained} unexplained: ${first_disagreement?.text}`;
}

/** Cases of the campaign `models`. */
const cases = (first: number, last: number): Search => ({ first, last, program: program_of });

const SUITES_OWN = test_bed_of(SUITE);
const GOALS = [...SUITE.goals.values()];

/** Conforming variants that are like another but for one thing, which the first cases show. */
const LIKE_ANOTHER = ['B11', 'v5.16', 'v6.4'];

/**
 * A variant breaks nothing but what it is expected to. The programs together reach every goal, where that is asked: a mutant
 * that takes something away breaks no claim about what is left.
 */
const nothing_else = (variant: VariantInfo, search: Search, goals: boolean): Check => ({
  name: `${variant.name}, cases ${search.first} to ${search.last}${goals ? ' and all goals' : ''}`,
  run: () => unmet(SUITES_OWN, breaks_nothing_else(variant, goals ? GOALS : []), search),
});

/** What vCPUs may have cached at worst: a search that leaves TLBs out rests on that. */
const caches = (): Check[] =>
  ['v5.5', 'v6.18'].map((name) => {
    return { name: `caches of ${name}`, run: () => misfilled(known('variant', name, VARIANTS), OF_A_COPY) };
  });

/** Scenarios told of real kernels: every variant of whom one is told sees what was seen. */
const scenarios = (): Check[] =>
  SCENARIOS.map((scenario) => {
    const run = () => [...VARIANTS.values()].flatMap((variant) => told_wrong(scenario, variant))[0] ?? null;
    return { name: `scenario: ${scenario.name}`, run };
  });

/** A copy of a machine goes on as the machine does: an exhaustive search rests on that. */
const copies = (): Check[] =>
  ['v5.5', 'v6.18'].map((name) => {
    return { name: `copies of ${name}`, run: () => strays(known('variant', name, VARIANTS), OF_A_COPY) };
  });

/** Breakages made on purpose are noticed, and rules of the kernel's own that no claim is about are kept. */
const expectations = (kind: string, all: readonly KvmExpectation[], search: Search | null = null): Check[] =>
  all.map((one) => {
    return { name: `${kind}: ${one.name}`, run: () => unmet(TEST_BED, one, search) };
  });

const FAULTS = SEEDED_FAULTS.map((fault) => ({ ...fault, name: `${fault.breaks} in ${fault.on}` }));

/** Defects stay defects: each still breaks all that it is expected to break. */
const as_wrong_as_ever = (defect: VariantInfo): Check => ({
  name: `${defect.name} is as wrong as ever`,
  run: () => unmet(SUITES_OWN, breaks_what_it_says(defect), cases(0, UNTIL_BROKEN)),
});

const variants = [...SUITE.variants.values()];
const conforming = variants.filter(({ violates }) => violates.length === 0);
const defects = variants.filter(({ violates }) => violates.length > 0);

/** In the order in which they are asked: what is quick and kills much comes first. */
export const CHECKS: readonly Check[] = [
  ...conforming.map((variant) => nothing_else(variant, cases(0, FEW), false)),
  ...expectations('negative test', NEGATIVE_TESTS),
  ...regressions(),
  ...expectations('seeded fault', FAULTS, cases(0, UNTIL_BROKEN)),
  ...expectations('behaviour', BEHAVIOURS),
  ...scenarios(),
  ...copies(),
  ...caches(),
  ...recordings(),
  ...conforming
    .filter(({ name }) => !LIKE_ANOTHER.includes(name))
    .map((variant) => nothing_else(variant, cases(FEW, MANY), true)),
  ...defects.map((variant) => nothing_else(variant, cases(0, OF_A_DEFECT), false)),
  ...defects.map(as_wrong_as_ever),
];
