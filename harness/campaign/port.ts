/**
 * A search on one machine behind a port. A violation is shrunk on the machine, compared with the known ones, and
 * repeated. The runner knows the machine; this file does not.
 */
import type { Certificate } from '../certify/certify';
import { CallError } from '../errors';
import type { Program } from '../program/command';
import { in_turn, type Work } from '../program/work';
import type { Regression } from '../regression/regression';
import { each_case } from '../run/cases';
import type { Breach } from '../run/property';
import type { Broken, Judged } from '../run/ran';
import type { Found } from '../run/session';
import { type Share, WHOLE } from '../shard/share';
import { run_ahead } from './ahead';
import { in_order, type PortCampaign, type Sighting, seen_again } from './port_campaign';
import { case_key, confirm_found, purposes_of, regression_key, shrink_found } from './port_work';
import { begin_replays, replay_on, replayed } from './replays';
import type { Runner } from './runner';
import { follows_from, is_part } from './same';

/** A violation, reported as soon as it is found. */
export interface Sight {
  readonly property: string;
  /** Null if the program of a regression shows it. */
  readonly case: number | null;
  readonly program: Program;
  readonly known: string | null;
  /**
   * If shrinking will take long, what was got and wanted: the machine must be started again after each run that shows
   * the violation.
   */
  readonly slow: Breach | null;
}

/** What a search behind a port runs. `now` is a clock in milliseconds. */
export interface PortSearch<R extends Judged> {
  readonly regressions: readonly Regression[];
  readonly seed: string;
  readonly cases: number;
  readonly stop: { readonly aborted: boolean };
  now(): number;
  /** What is being done; of a search, also how many programs of how many have run. */
  progress(text: string, done?: number, of?: number): void;
  /** Called with each run of the search. */
  record(ran: R): void;
  /**
   * Called before programs are run that are no case, with what they are for, and before each case: by this, runs can be kept
   * and found again.
   */
  at?(key: string): void;
  /** Whether the runs that were kept for this come to an end: whoever made them had no time for more. */
  out?(): boolean;
  /** Called with each new violation: first when it is found, then again when it is shrunk. */
  tell?(sight: Sight): void;
}

interface UnderWay<R extends Judged> {
  readonly runner: Runner<R>;
  readonly wanted: PortSearch<R>;
  readonly campaign: PortCampaign<R>;
  readonly began: number;
}

/**
 * Runs the regressions that apply, then random programs. Ends when all have run, on request, or when the machine died
 * and does not start again. The findings until then are kept.
 */
export const search_behind_port = <R extends Judged>(
  runner: Runner<R>,
  wanted: PortSearch<R>,
): Promise<PortCampaign<R>> => search_behind(runner, (one) => search_port(one, wanted), { ...wanted, share: WHOLE });

/** What is run in any case, whatever is found. */
type Expected<R extends Judged> = Pick<PortSearch<R>, 'regressions' | 'seed' | 'cases' | 'stop'> & {
  readonly share: Share;
};

/**
 * Does work on a machine. If that runs several programs at a time, the expected ones run ahead of the work, which finds the
 * same.
 */
export function search_behind<R extends Judged, T>(
  runner: Runner<R>,
  work: (runner: Runner<R>) => Work<R, T>,
  wanted: Expected<R>,
): Promise<T> {
  const { at_once = 1 } = runner;
  if (at_once === 1) return in_turn(work(runner), (program) => runner.run(program));
  const drawn = new Map<number, Program>();
  const draw = (seed: string, index: number): Program => {
    const program = drawn.get(index) ?? runner.draw(seed, index);
    drawn.delete(index);
    return program;
  };
  const expected = expected_programs(runner, wanted, drawn);
  const ahead = run_ahead((program) => runner.run(program), at_once, expected, wanted.stop);
  return in_turn(work({ ...runner, draw }), (program) => ahead.run(program));
}

/**
 * The programs that the search runs in any case: the regressions that apply, then its cases. Each case is drawn once.
 */
function* expected_programs<R extends Judged>(
  runner: Runner<R>,
  { regressions, seed, cases, share }: Expected<R>,
  drawn: Map<number, Program>,
): Generator<Program, void> {
  for (const regression of regressions) if (runner.applies(regression)) yield regression.parsed;
  for (let index = share.index; index < cases; index += share.of) {
    const program = runner.draw(seed, index);
    drawn.set(index, program);
    yield program;
  }
}

/** The same search for a caller that runs the programs itself. */
export function* search_port<R extends Judged>(runner: Runner<R>, wanted: PortSearch<R>): Work<R, PortCampaign<R>> {
  const campaign: PortCampaign<R> = {
    findings: [],
    programs: 0,
    commands: 0,
    seconds: 0,
    unusable: new Map(),
    undecided: 0,
    skipped: new Map(),
    not_shrunk: new Map(),
    regressions: begin_replays(),
    fixed: [],
    broken_off: null,
    failure: null,
  };
  const search = { runner, wanted, campaign, began: wanted.now() };
  const seconds = () => (wanted.now() - search.began) / 1000;
  yield* until_broken_off(search, run_all(search));
  campaign.seconds = seconds();
  const shown = campaign.findings.flatMap(({ known }) => known?.split('+') ?? []);
  campaign.fixed = campaign.fixed.filter((defect) => !shown.includes(defect));
  if (campaign.broken_off === null) yield* until_broken_off(search, tell_purposes(search));
  return campaign;
}

/** If the machine does not start again, the search ends, but its findings are kept. */
function* until_broken_off<R extends Judged>({ wanted, campaign }: UnderWay<R>, work: Work<R, void>): Work<R, void> {
  try {
    yield* work;
  } catch (error) {
    if (!(error instanceof CallError)) campaign.failure = error instanceof Error ? error : new Error(String(error));
    if (!wanted.stop.aborted || campaign.failure) campaign.broken_off = (error as Error).message;
  }
}

function* run_all<R extends Judged>(search: UnderWay<R>): Work<R, void> {
  const { runner, wanted, campaign } = search;
  const { seed, cases, stop } = wanted;
  for (const regression of wanted.regressions) {
    if (stop.aborted) break;
    yield* replay_known(search, regression);
  }
  const draw = (index: number) => {
    wanted.progress(`${index} of ${cases} programs, ${campaign.findings.length} findings`, index, cases);
    wanted.at?.(case_key(index));
    return runner.draw(seed, index);
  };
  yield* each_case({ first: 0, of: 1, cases, draw, stopped: () => stop.aborted }, function* (ran: R, index) {
    campaign.programs++;
    campaign.commands += ran.commands;
    wanted.record(ran);
    note(campaign, ran);
    yield* look_into_all(search, ran, ran.found, index);
  });
}

const count = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

function note<R extends Judged>(campaign: PortCampaign<R>, { unusable, skipped, undecided = 0 }: R): void {
  campaign.undecided += undecided;
  if (unusable !== null) count(campaign.unusable, unusable);
  for (const why of skipped) count(campaign.skipped, why);
}

function* replay_known<R extends Judged>(search: UnderWay<R>, regression: Regression): Work<R, void> {
  const { runner, wanted, campaign } = search;
  if (!replay_on(runner, campaign.regressions, regression)) return;
  wanted.progress(`regression ${regression.name}`);
  wanted.at?.(regression_key(regression.name));
  const ran = yield regression.parsed;
  note(campaign, ran);
  const as_listed = replayed(runner, campaign.regressions, regression, ran);
  if (ran.unusable !== null) return;
  campaign.fixed = [...new Set([...campaign.fixed, ...runner.fixed(ran)])];
  for (const found of as_listed) {
    const upto_breach = runner.upto(ran, found.step);
    const known = runner.known(found.property, upto_breach, wanted.regressions) ?? regression.name;
    const before = campaign.findings.find((one) => one.known === known);
    if (before) seen_again(campaign, before, found.property, null);
    else {
      const finding = yield* sighting(search, { ran, found }, known, null, 0);
      campaign.findings.push({ ...finding, regression: regression.name });
    }
  }
  const unlisted = ran.found.filter((one) => !as_listed.includes(one));
  yield* look_into_all(search, ran, unlisted, null);
}

/**
 * Handles the violations of one run. If the shrunk program of one of them violates others, too, then those at the same
 * step are the same finding.
 */
function* look_into_all<R extends Judged>(
  search: UnderWay<R>,
  ran: R,
  all: readonly Found[],
  index: number | null,
): Work<R, void> {
  let left = all;
  for (let found = left[0]; found; found = left[0]) {
    const { step } = found;
    const finding = yield* look_into(search, ran, found, index);
    const same = search.runner.one_for_all_properties && finding ? properties_of(finding) : [];
    left = left.slice(1).filter((one) => one.step !== step || !same.includes(one.property));
  }
}

/** The properties that a finding's program violates where it ends. */
const properties_of = <R extends Judged>({ ran, found }: Broken<R>): string[] =>
  ran.found.filter(({ step }) => step === found.step).map(({ property }) => property);

/**
 * Handles a violation: counts it as a finding seen before, or shrinks it. Returns the finding if the violation was
 * shrunk, otherwise null.
 */
function* look_into<R extends Judged>(
  search: UnderWay<R>,
  ran: R,
  found: Found,
  index: number | null,
): Work<R, Sighting<R> | null> {
  const { runner, wanted, campaign } = search;
  const { property, step } = found;
  if (wanted.stop.aborted) return null;
  const of_property = campaign.findings.filter((one) => one.property === property);
  const upto_breach = runner.upto(ran, step);
  const told = runner.known(property, upto_breach, wanted.regressions);
  // This regression shows the same failure as another one that is listed for this machine. That one is replayed itself.
  if (told !== null && index === null) return null;
  // A known defect gets one finding, whatever it violates: the first program that showed it.
  const seen_before = campaign.findings.find(({ known }) => told !== null && known === told);
  if (seen_before) {
    seen_again(campaign, seen_before, property, index);
    return null;
  }
  const { one_for_all_properties: merges = false, canonical_text } = runner;
  const within = merges ? of_property.find((one) => is_part(one.program, upto_breach.program, canonical_text)) : null;
  if (told === null && within) {
    seen_again(campaign, within, property, index);
    return within;
  }
  if (of_property.filter(({ case: first }) => first !== null).length >= runner.shrunk_at_most) {
    count(campaign.not_shrunk, property);
    return null;
  }
  wanted.progress(`shrinking a program of ${step + 1} commands that breaks ${property}`);
  const costly = runner.costly(ran);
  const first_sight = { property, case: index, program: upto_breach.program, known: told };
  wanted.tell?.({ ...first_sight, slow: costly ? found.breach : null });
  const { shrunk, to_the_end } = yield* shrink_found(search, { ran: upto_breach, found }, costly);
  const known = runner.known(property, shrunk.ran, wanted.regressions);
  const text = canonical_text(shrunk.ran.program);
  const same =
    campaign.findings.find((one) => known !== null && one.known === known) ??
    of_property.find((one) => one.known === known && canonical_text(one.program) === text) ??
    of_property.find((one) => one.known === null && known === null && runner.same_cause?.(one, shrunk)) ??
    (merges && known === null ? follows_from(shrunk, campaign.findings) : undefined) ??
    (runner.one_for_what_contains_it
      ? campaign.findings.find((one) => is_part(one.program, shrunk.ran.program, canonical_text))
      : undefined);
  if (same) {
    seen_again(campaign, same, property, index);
    return same;
  }
  const finding = yield* sighting(search, shrunk, known, index, 1, to_the_end);
  campaign.findings.push(finding);
  return finding;
}

const SHRUNK = 'shrunk: no command can be left out, and no argument made simpler (only searches of a model prove more)';
const NOT_SHRUNK = 'not shrunk to the end: the machine has to be started again after each run';

/** Repeats a shrunk program and makes a finding of it. */
function* sighting<R extends Judged>(
  { runner, wanted, campaign, began }: UnderWay<R>,
  { ran, found }: Broken<R>,
  known: string | null,
  index: number | null,
  programs: number,
  to_the_end = true,
): Work<R, Sighting<R>> {
  const { property } = found;
  wanted.tell?.({ property, case: index, program: ran.program, known, slow: null });
  const confirmed = yield* confirm_found({ runner, wanted }, { ran, found });
  const text = to_the_end ? SHRUNK : NOT_SHRUNK;
  const certificate: Certificate = { certified: false, needed: to_the_end, text, states: 0, transitions: 0 };
  return {
    property,
    program: ran.program,
    found,
    certificate,
    steps: runner.steps(ran, found),
    case: index,
    programs: campaign.programs,
    commands: campaign.commands,
    ...confirmed,
    ran,
    known,
    also: runner.one_for_all_properties ? properties_of({ ran, found }).filter((name) => name !== property) : [],
    seconds: (wanted.now() - began) / 1000,
    count: programs,
    last_case: index,
  };
}

/**
 * Adds the purpose of each command to the findings. Skips a finding that costs a start of the machine, and stops on
 * request.
 */
function* tell_purposes<R extends Judged>({ runner, wanted, campaign }: UnderWay<R>): Work<R, void> {
  for (const one of in_order(campaign.findings)) {
    if (runner.costly(one.ran)) continue;
    wanted.progress(`finding what each command is for in a program that breaks ${one.property}`);
    const texts = yield* purposes_of({ runner, wanted }, one);
    const steps = one.steps.map((step, i) => ({ ...step, without: texts[i] ?? null }));
    campaign.findings = campaign.findings.map((other) => (other === one ? { ...one, steps } : other));
  }
}
