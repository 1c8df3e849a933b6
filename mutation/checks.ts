/**
 * What kills a mutant of the models: recorded kernels, regressions, breakages made on purpose, and all properties over
 * fixed random programs.
 */
import { basename } from 'node:path';
import { known } from '../harness/errors';
import { read_regressions, replay } from '../harness/regression';
import { run } from '../harness/run';
import { random_of_case } from '../harness/seed';
import { VARIANTS } from '../models/catalogue';
import { conform, recorded_files } from '../models/conform';
import { start_session } from '../models/session';
import { read_traces } from '../models/traces';
import { SMALL_WORLD } from '../models/world';
import { MISUSES, verdict_on } from '../properties/misuses';
import { SABOTEURS, type Saboteur } from '../properties/saboteurs';
import { SUITE } from '../properties/suite';

/** One question to the models. */
export interface Check {
  readonly name: string;
  /** Null if all is as it must be, else what is not. */
  run(): string | null;
}

/** Programs of the campaign `mutation` that a variant runs: the first few find most, the others what is left. */
const FEW = 20;
const MANY = 200;
/** Of variants with defects: that what they break is all they break, few programs tell. */
const OF_A_DEFECT = 20;
/** Programs of a file of recordings. Most files hold 40 of a kind, on tables of the hardware's size. */
const OF_A_FILE = 8;

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

/** Cases of the campaign, from the first up to, not including, the last. */
interface Cases {
  readonly first: number;
  readonly last: number;
  /** The programs together reach every goal: a mutant that takes something away breaks no claim about what is left. */
  readonly goals: boolean;
}

/** A variant breaks nothing but what it is expected to. */
function campaign(name: string, violates: readonly string[], { first, last, goals }: Cases): string | null {
  const properties = [...SUITE.properties.values()].filter((property) => !violates.includes(property.name));
  const left = new Set(goals ? SUITE.goals.values() : []);
  for (let i = first; i < last; i++) {
    const program = SUITE.programs.draw(random_of_case('mutation', i));
    const [found] = run(SUITE.start(name), program, properties, { goals: left });
    if (found) return `${name} breaks ${found.property} in case ${i}: ${found.breach.got}, want ${found.breach.want}`;
  }
  return left.size > 0 ? `${name} never reaches ${[...left].map((goal) => goal.name).join(', ')}` : null;
}

function campaigns(conforming: boolean, cases: Cases): Check[] {
  const variants = [...SUITE.variants.values()].filter(({ violates }) => (violates.length === 0) === conforming);
  return variants.map(({ name, violates }) => {
    const text = `${name}, cases ${cases.first} to ${cases.last}${cases.goals ? ' and all goals' : ''}`;
    return { name: text, run: () => campaign(name, violates, cases) };
  });
}

/** Rules of the kernel's own, each broken on purpose: the verdict names the rule. */
const misuses = (): Check[] =>
  MISUSES.map((misuse) => {
    const run = () => {
      const verdict = verdict_on(misuse);
      return verdict === misuse.verdict ? null : `got ${verdict}, want ${misuse.verdict}`;
    };
    return { name: `misuse: ${misuse.name}`, run };
  });

/** Breakages made on purpose are caught by the property that watches for them. */
const saboteurs = (): Check[] =>
  Object.entries(SABOTEURS).map(([property, saboteur]) => {
    return { name: `saboteur of ${property}`, run: () => (is_caught(property, saboteur) ? null : 'it is not caught') };
  });

function is_caught(property: string, { base, kernel }: Saboteur): boolean {
  const variant = known('variant', base, VARIANTS);
  const claim = known('property', property, SUITE.properties);
  const ops = { ...variant.ops, ...kernel };
  for (let i = 0; i < MANY; i++) {
    const program = SUITE.programs.draw(random_of_case('mutation', i));
    if (run(start_session({ ...variant, ops }, SMALL_WORLD), program, [claim]).length > 0) return true;
  }
  return false;
}

/** In the order in which they are asked: what is quick and kills much comes first. */
export const CHECKS: readonly Check[] = [
  ...campaigns(true, { first: 0, last: FEW, goals: false }),
  ...misuses(),
  ...regressions(),
  ...saboteurs(),
  ...recordings(),
  ...campaigns(true, { first: FEW, last: MANY, goals: true }),
  ...campaigns(false, { first: 0, last: OF_A_DEFECT, goals: false }),
];
