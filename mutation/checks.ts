/**
 * What kills a mutant of the models: recorded kernels, regressions, breakages made on purpose, and all properties over
 * fixed random programs.
 */
import { basename } from 'node:path';
import { SUITE } from '../bin/kvm/suite';
import { known } from '../harness/errors';
import { read_regressions, replay } from '../harness/regression/regression';
import { run } from '../harness/run/run';
import type { VariantInfo } from '../harness/suite';
import { VARIANTS } from '../models/catalogue/catalogue';
import { start_session } from '../models/lockstep/session';
import { conform, recorded_files } from '../models/observed/conform';
import { STORIES, told_wrong } from '../models/observed/stories';
import { read_traces } from '../models/observed/traces';
import { SMALL_WORLD } from '../models/world/world';
import { broken_on } from '../properties/behaviours/behaviour';
import { RULES } from '../properties/behaviours/behaviours';
import { MISUSES, verdict_on } from '../properties/must_fail/misuses';
import { SABOTEURS, type Saboteur } from '../properties/must_fail/saboteurs';
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

/** Cases of the campaign, from the first up to, not including, the last. */
interface Cases {
  readonly first: number;
  readonly last: number;
  /** The programs together reach every goal: a mutant that takes something away breaks no claim about what is left. */
  readonly goals: boolean;
}

/** A variant breaks nothing but what it is expected to. */
function campaign({ name, violates, follows }: VariantInfo, { first, last, goals }: Cases): string | null {
  const broken = [...violates, ...follows];
  const properties = [...SUITE.properties.values()].filter((property) => !broken.includes(property.name));
  const left = new Set(goals ? SUITE.goals.values() : []);
  for (let i = first; i < last; i++) {
    const [found] = run(SUITE.start(name), program_of(i), properties, { goals: left });
    if (found) return `${name} breaks ${found.property} in case ${i}: ${found.breach.got}, want ${found.breach.want}`;
  }
  return left.size > 0 ? `${name} never reaches ${[...left].map((goal) => goal.name).join(', ')}` : null;
}

/** Conforming variants that are like another but for one thing, which the first cases show. */
const LIKE_ANOTHER = ['B11', 'v5.16', 'v6.4'];

function campaigns(conforming: boolean, cases: Cases, left_out: readonly string[] = []): Check[] {
  const variants = [...SUITE.variants.values()].filter(
    ({ name, violates }) => (violates.length === 0) === conforming && !left_out.includes(name),
  );
  return variants.map((variant) => {
    const { name } = variant;
    const text = `${name}, cases ${cases.first} to ${cases.last}${cases.goals ? ' and all goals' : ''}`;
    return { name: text, run: () => campaign(variant, cases) };
  });
}

/** What vCPUs may have cached at worst: a search that leaves TLBs out rests on that. */
const caches = (): Check[] =>
  ['v5.5', 'v6.18'].map((name) => {
    return { name: `caches of ${name}`, run: () => misfilled(known('variant', name, VARIANTS), OF_A_COPY) };
  });

/** Rules of the kernel's own that no claim is about. */
const rules = (): Check[] =>
  RULES.map((rule) => {
    return { name: `rule: ${rule.rule}`, run: () => broken_on(rule) };
  });

/** Stories told of real kernels: every variant of whom one is told sees what was seen. */
const stories = (): Check[] =>
  STORIES.map((story) => {
    const run = () => [...VARIANTS.values()].flatMap((variant) => told_wrong(story, variant))[0] ?? null;
    return { name: `story: ${story.name}`, run };
  });

/** A copy of a machine goes on as the machine does: an exhaustive search rests on that. */
const copies = (): Check[] =>
  ['v5.5', 'v6.18'].map((name) => {
    return { name: `copies of ${name}`, run: () => strays(known('variant', name, VARIANTS), OF_A_COPY) };
  });

/** Defects stay defects: each still breaks all that it is expected to break. */
const defects = (): Check[] =>
  [...SUITE.variants.values()]
    .filter(({ violates }) => violates.length > 0)
    .map(({ name, violates }) => {
      return { name: `${name} is as wrong as ever`, run: () => mended(name, violates) };
    });

function mended(name: string, violates: readonly string[]): string | null {
  let left = violates.map((property) => known('property', property, SUITE.properties));
  for (let i = 0; i < UNTIL_BROKEN && left.length > 0; i++) {
    const found = run(SUITE.start(name), program_of(i), left);
    left = left.filter((property) => !found.some((one) => one.property === property.name));
  }
  return left.length === 0 ? null : `${name} does not break ${left.map((property) => property.name).join(', ')}`;
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
  SABOTEURS.map((saboteur) => {
    return { name: `saboteur of ${saboteur.breaks}`, run: () => (is_caught(saboteur) ? null : 'it is not caught') };
  });

function is_caught({ breaks, base, kernel }: Saboteur): boolean {
  const variant = known('variant', base, VARIANTS);
  const claim = known('property', breaks, SUITE.properties);
  const ops = { ...variant.ops, ...kernel };
  for (let i = 0; i < UNTIL_BROKEN; i++) {
    if (run(start_session({ ...variant, ops }, SMALL_WORLD), program_of(i), [claim]).length > 0) return true;
  }
  return false;
}

/** In the order in which they are asked: what is quick and kills much comes first. */
export const CHECKS: readonly Check[] = [
  ...campaigns(true, { first: 0, last: FEW, goals: false }),
  ...misuses(),
  ...regressions(),
  ...saboteurs(),
  ...rules(),
  ...stories(),
  ...copies(),
  ...caches(),
  ...recordings(),
  ...campaigns(true, { first: FEW, last: MANY, goals: true }, LIKE_ANOTHER),
  ...campaigns(false, { first: 0, last: OF_A_DEFECT, goals: false }),
  ...defects(),
];
