/** A search on a real kernel: what breaks is shrunk there, told apart from what is known, and seen ten times. */

import { CallError } from '../../../harness/errors';
import type { Args, Program } from '../../../harness/program/command';
import { shrink_program, shrink_slowly } from '../../../harness/program/shrink';
import type { SpaceCommand } from '../../../harness/program/space';
import type { Regression } from '../../../harness/regression/regression';
import type { LiveFound } from '../../../properties/live';
import { canonical_text, known_finding, listed_properties } from './known';
import { breaks, type Run, run_live, type Target } from './target';

export interface LiveFinding {
  readonly property: string;
  /** The shrunk program's run. */
  readonly run: Run;
  readonly found: LiveFound;
  /** The name of the regression that lists it. */
  readonly known: string | null;
  /** How many of how many replays showed it again; of fewer than REPLAYS where the user has interrupted them. */
  readonly again: number;
  readonly replays: number;
  /** The first case that broke it; null if a regression's program or a given one did. */
  readonly index: number | null;
  /** Programs that the search had tried by then. */
  readonly programs: number;
  readonly commands: number;
  /** From the start of the search until it was shrunk and seen again. */
  readonly seconds: number;
  /** Programs of the search that broke it. */
  count: number;
}

export interface Campaign {
  readonly findings: LiveFinding[];
  programs: number;
  commands: number;
  seconds: number;
  /** Programs of which nothing can be said, by the reason. */
  readonly unusable: Map<string, number>;
  /** Commands that the machine cannot do, by the reason. */
  readonly skipped: Map<string, number>;
  /** Programs that broke a property of which enough had been shrunk, by property. */
  readonly not_shrunk: Map<string, number>;
  /**
   * Names of regressions: not to be run on such a machine, holding, breaking as listed, listed and holding, breaking what
   * is not listed. One of which nothing can be said is in none of them.
   */
  readonly regressions: { readonly [K in 'foreign' | 'hold' | 'listed' | 'gone' | 'unlisted']: string[] };
  /** Why the search came to an early end, if the machine did not come up again; null otherwise. */
  broken_off: string | null;
}

export interface Wanted {
  readonly regressions: readonly Regression[];
  readonly seed: string;
  readonly cases: number;
  readonly stop: AbortSignal;
  now(): number;
  progress(text: string): void;
  /** Told of each program of the search. */
  record(run: Run): void;
}

const REPLAYS = 10;
/** Failing programs that are shrunk, for each property; more of them are counted only. */
const SHRUNK_AT_MOST = 8;

const new_campaign = (): Campaign => ({
  findings: [],
  programs: 0,
  commands: 0,
  seconds: 0,
  unusable: new Map(),
  skipped: new Map(),
  not_shrunk: new Map(),
  regressions: { foreign: [], hold: [], listed: [], gone: [], unlisted: [] },
  broken_off: null,
});

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

/**
 * The regressions that apply, then random programs. Goes on until all are run, it is told to stop, or the machine, after a
 * death, does not come up again: what was found until then is found all the same.
 */
export async function search_live(target: Target, wanted: Wanted): Promise<Campaign> {
  const campaign = new_campaign();
  const began = wanted.now();
  try {
    await run_all(target, wanted, campaign, began);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (!wanted.stop.aborted) campaign.broken_off = error.message;
  }
  campaign.seconds = (wanted.now() - began) / 1000;
  return campaign;
}

async function run_all(target: Target, wanted: Wanted, campaign: Campaign, began: number): Promise<void> {
  for (const regression of wanted.regressions) {
    if (wanted.stop.aborted) break;
    await replay(target, wanted, campaign, regression, began);
  }
  for (let index = 0; index < wanted.cases && !wanted.stop.aborted; index++) {
    wanted.progress(`${index} of ${wanted.cases} programs, ${campaign.findings.length} findings`);
    const run = await run_live(target, target.programs.draw(wanted.seed, index));
    campaign.programs++;
    campaign.commands += run.answer.steps.length;
    wanted.record(run);
    note(campaign, run);
    for (const found of run.found) await look_into(target, wanted, campaign, run, found, index, began);
  }
}

function note(campaign: Campaign, run: Run): void {
  if (run.unusable !== null) count(campaign.unusable, run.unusable);
  for (const { skipped } of run.seen) if (skipped !== null) count(campaign.skipped, skipped);
}

/** Slot 0 is the same in the regressions' world and in that of real kernels; a command beyond means something else. */
function applies({ parsed }: Regression, { programs }: Target): boolean {
  const [slot] = programs.world.slots;
  if (slot?.backing !== '2m') return false;
  const inside = (page: number, from: number) => page >= from && page < from + slot.regions;
  return parsed.every(({ name, args }) => {
    const page = Number(args['page'] ?? 0);
    const known = programs.space.commands.find((one) => one.name === name);
    if (!known || !can_be_said(known, args)) return false;
    return (
      Number(args['slot'] ?? 0) === 0 &&
      args['backing'] !== '1g' &&
      (inside(page, slot.home) || inside(page, slot.away))
    );
  });
}

/** Nothing is paused or exempt there, and there are fewer MMUs to go through: what is not known must be left out. */
function can_be_said(known: SpaceCommand, args: Args): boolean {
  return Object.entries(args).every(([key, value]) => {
    const arg = known.args.find((one) => one.key === key);
    return arg ? typeof value === 'number' || arg.values.includes(value) : value === 0;
  });
}

async function replay(target: Target, wanted: Wanted, campaign: Campaign, regression: Regression, began: number) {
  const { foreign, hold, listed, gone, unlisted } = campaign.regressions;
  if (!applies(regression, target)) {
    foreign.push(regression.name);
    return;
  }
  wanted.progress(`regression ${regression.name}`);
  const run = await run_live(target, regression.parsed);
  note(campaign, run);
  if (run.unusable !== null) return;
  const properties = listed_properties(regression, target.machine.hello.version);
  const as_listed = run.found.filter(({ property }) => properties.includes(property));
  if (properties.length > as_listed.length) gone.push(regression.name);
  else if (properties.length > 0) listed.push(regression.name);
  else if (run.found.length === 0) hold.push(regression.name);
  else unlisted.push(regression.name);
  for (const found of as_listed) {
    const seen = await seen_again(target, found, run, wanted.stop);
    campaign.findings.push({
      ...seen,
      ...so_far(campaign, wanted, began),
      known: regression.name,
      index: null,
      count: 0,
    });
  }
  for (const found of run.found.filter((one) => !as_listed.includes(one))) {
    await look_into(target, wanted, campaign, run, found, null, began);
  }
}

const so_far = ({ programs, commands }: Campaign, { now }: Wanted, began: number) => {
  return { programs, commands, seconds: (now() - began) / 1000 };
};

/** What to make of a breach: another sight of a finding, or one to shrink. */
async function look_into(
  target: Target,
  wanted: Wanted,
  campaign: Campaign,
  run: Run,
  found: LiveFound,
  index: number | null,
  began: number,
): Promise<void> {
  if (wanted.stop.aborted) return;
  const { findings } = campaign;
  const of_property = findings.filter(({ property }) => property === found.property);
  const upto_breach = cut(run, found);
  const told = known_finding(target, found.property, upto_breach, wanted.regressions);
  // A regression of the models that is another sight of one listed for this kernel: that one is replayed itself.
  if (told && index === null) return;
  const seen_before = of_property.find(({ known, index: first }) => told && known === told.name && first !== null);
  if (seen_before) {
    seen_before.count++;
    return;
  }
  if (of_property.filter(({ index: first }) => first !== null).length >= SHRUNK_AT_MOST) {
    count(campaign.not_shrunk, found.property);
    return;
  }
  wanted.progress(`shrinking a program of ${found.step + 1} commands that breaks ${found.property}`);
  const shrunk = await shrink_live(target, upto_breach, found.property, wanted.stop);
  const known = known_finding(target, found.property, shrunk.run, wanted.regressions)?.name ?? null;
  const text = canonical_text(shrunk.run.program);
  const same = of_property.find(
    (one) => (known !== null && one.known === known) || canonical_text(one.run.program) === text,
  );
  if (same && (same.index !== null || index === null)) {
    same.count++;
    return;
  }
  const finding = {
    ...(await seen_again(target, shrunk.found, shrunk.run, wanted.stop)),
    ...so_far(campaign, wanted, began),
    known,
    index,
    count: 1,
  };
  // The search has found what the regression's own program had shown.
  if (same) findings.splice(findings.indexOf(same), 1);
  findings.push(finding);
}

/** The program up to the breach. */
function cut(run: Run, { step }: LiveFound): Run {
  return {
    ...run,
    program: run.program.slice(0, step + 1),
    seen: run.seen.slice(0, step + 1),
    answer: { ...run.answer, steps: run.answer.steps.slice(0, step + 1) },
  };
}

/**
 * On the kernel itself: until no command can be left out and no argument be simpler. Where the kernel's model breaks the
 * property, too, its shrunk program is tried first: that takes milliseconds, and the kernel has the last word.
 */
async function shrink_live(target: Target, run: Run, property: string, stop: AbortSignal) {
  let best = { run, found: found_in(run, property) };
  const fails = async (program: Program): Promise<boolean> => {
    if (stop.aborted) return false;
    const attempt = await run_live(target, program);
    const found = attempt.found.find((one) => one.property === property);
    if (found) best = { run: cut(attempt, found), found };
    return found !== undefined;
  };
  const { space } = target.programs;
  const model_fails = (program: Program): boolean => breaks(target.model, target, program, property);
  if (model_fails(run.program)) await fails(shrink_program(space, run.program, model_fails));
  let before: Program;
  do {
    before = best.run.program;
    await shrink_slowly(space, before, fails);
    for (const simpler of milder(best.run.program)) if (await fails(simpler)) break;
  } while (best.run.program !== before);
  return best;
}

/** A read instead of a write or a fetch, a direct pass instead of one by the clock. */
function* milder(program: Program): Generator<Program> {
  for (const [at, { name, args }] of program.entries()) {
    const access = name === 'guest_write' || name === 'guest_exec';
    if (!access && name !== 'wait') continue;
    const instead = access ? { name: 'guest_read', args } : { name: 'recover', args: { ratio: 1 } };
    yield program.map((command, i) => (i === at ? instead : command));
  }
}

function found_in(run: Run, property: string): LiveFound {
  const found = run.found.find((one) => one.property === property);
  if (!found) throw new Error(`a run that does not break ${property}`);
  return found;
}

/** Runs a shrunk program again and again: a verdict is what happens every time. */
async function seen_again(target: Target, found: LiveFound, run: Run, stop: AbortSignal) {
  let again = 0;
  let replays = 0;
  for (; replays < REPLAYS && !stop.aborted; replays++) {
    const attempt = await run_live(target, run.program);
    if (attempt.found.some(({ property, step }) => property === found.property && step === found.step)) again++;
  }
  return { property: found.property, found, run, again, replays };
}

export const is_flake = ({ again, replays }: LiveFinding): boolean => again < replays;
