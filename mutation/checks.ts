/**
 * What kills a mutant of the models: recorded kernels, regressions, seeded faults and negative tests, and all
 * properties over fixed random programs.
 */
import { basename } from 'node:path';
import { SUITE } from '../bin/kvm/suite';
import { known } from '../harness/errors';
import {
  breaks_nothing_else,
  breaks_what_it_says,
  type RandomPrograms,
  test_bed_of,
  unmet,
} from '../harness/expectation';
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

/** A check of the models. */
export interface Check {
  readonly name: string;
  /** Returns null if the check passes, else what is wrong. */
  run(): string | null;
}

/**
 * Programs of the campaign `models` that a variant runs. The first FEW kill most mutants, those up to MANY the rest.
 */
const FEW = 20;
const MANY = 400;
/**
 * For variants with defects: OF_A_DEFECT programs check that nothing else is violated, up to UNTIL_BROKEN programs that
 * everything expected is violated.
 */
const OF_A_DEFECT = 20;
const UNTIL_BROKEN = 1000;
/** Programs for the checks of copies and of TLBs. */
const OF_A_COPY = 6;
/** Programs of a file of recordings. Most files have 40 of a kind, on tables of the hardware's size. */
const OF_A_FILE = 4;

const regressions = (): Check[] =>
  read_regressions(SUITE).map((regression) => {
    return { name: `regression ${regression.name}`, run: () => replay(SUITE, regression)[0] ?? null };
  });

/** Every step of a recorded file is reproduced, also by the reference where no known defect shows. */
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
const cases = (first: number, last: number): RandomPrograms => ({ first, last, program: program_of });

const SUITES_OWN = test_bed_of(SUITE);
const GOALS = [...SUITE.goals.values()];

/** Conforming variants that differ from another variant in one thing only, which the first cases show. */
const LIKE_ANOTHER = ['B11', 'v5.16', 'v6.4'];

/**
 * A variant violates nothing but what it is expected to violate. With `goals`, all programs together also reach every
 * goal: a mutant that removes something may violate no property about the rest.
 */
const nothing_else = (variant: VariantInfo, search: RandomPrograms, goals: boolean): Check => ({
  name: `${variant.name}, cases ${search.first} to ${search.last}${goals ? ' and all goals' : ''}`,
  run: () => unmet(SUITES_OWN, breaks_nothing_else(variant, goals ? GOALS : []), search),
});

/** The most that vCPUs may have cached. A search that leaves TLBs out of the state relies on that. */
const caches = (): Check[] =>
  ['v5.5', 'v6.18'].map((name) => {
    return { name: `caches of ${name}`, run: () => misfilled(known('variant', name, VARIANTS), OF_A_COPY) };
  });

/** Scenarios of real kernels: every variant listed in a scenario shows what was seen. */
const scenarios = (): Check[] =>
  SCENARIOS.map((scenario) => {
    const run = () => [...VARIANTS.values()].flatMap((variant) => told_wrong(scenario, variant))[0] ?? null;
    return { name: `scenario: ${scenario.name}`, run };
  });

/** A copy of a machine behaves as the machine does. Exhaustive search relies on that. */
const copies = (): Check[] =>
  ['v5.5', 'v6.18'].map((name) => {
    return { name: `copies of ${name}`, run: () => strays(known('variant', name, VARIANTS), OF_A_COPY) };
  });

/** Seeded faults and negative tests are noticed, and rules of the kernel that no property covers are kept. */
const expectations = (kind: string, all: readonly KvmExpectation[], search: RandomPrograms | null = null): Check[] =>
  all.map((one) => {
    return { name: `${kind}: ${one.name}`, run: () => unmet(TEST_BED, one, search) };
  });

const FAULTS = SEEDED_FAULTS.map((fault) => ({ ...fault, name: `${fault.breaks} in ${fault.on}` }));

/** A defect still violates all that it is expected to violate. */
const as_wrong_as_ever = (defect: VariantInfo): Check => ({
  name: `${defect.name} violates all that it is expected to violate`,
  run: () => unmet(SUITES_OWN, breaks_what_it_says(defect), cases(0, UNTIL_BROKEN)),
});

const variants = [...SUITE.variants.values()];
const conforming = variants.filter(({ violates }) => violates.length === 0);
const defects = variants.filter(({ violates }) => violates.length > 0);

/** In the order in which they run: checks that are fast and kill many mutants come first. */
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
