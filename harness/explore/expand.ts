/** Expands one state of an exhaustive search: tries every useful command, and checks the search itself by samples. */
import type { Command, Program } from '../program/command';
import { all_hold, type Judges, judges_of } from '../run/judges';
import type { Property } from '../run/property';
import { judge } from '../run/run';
import type { Session } from '../run/session';
import { CutShort, fingerprint_of } from './cut_short';
import type { Least, Limits, Reason, StateSpace } from './state_space';

/** The working data of a search, or of the part of a search that one thread does. */
export interface Trial<View> {
  readonly space: StateSpace<View>;
  readonly limits: Limits;
  /** The properties that no program has violated yet, each with the length of a program known to violate it. */
  readonly open: Map<Property<View>, number | null>;
  /** The same properties, prepared for judging. Null if they must be prepared again. */
  judges: Judges<View> | null;
  readonly least: Map<string, Least>;
  /**
   * Not null if TLBs are made as permissive as possible (see most_permissive()). Then it holds the violated properties
   * that are about a detail outside the fingerprint: only another search can decide them. Null if every machine stays
   * as its program left it.
   */
  readonly doubtful: Set<string> | null;
  /** The search runs on all cores. It is much larger than a certificate's search. */
  readonly parallel: boolean;
  transitions: number;
  /** Late in a search: the machine from which the last machine_of() continued. */
  before: Before<View> | null;
}

interface Before<View> {
  readonly path: readonly number[];
  readonly session: Session<View>;
  readonly scratch: Scratch<View>;
  /** The scratch already is a copy of the session. */
  copied: boolean;
}

/** One transition in SPOT_CHECK is run again from the beginning, also permuted; of the first AT_FIRST ones, more. */
const SPOT_CHECK = 64;
const SPOT_CHECK_AT_FIRST = 4;
const AT_FIRST = 4000;
/** After this many transitions the search has checked much, so it checks less often; on all cores even less. */
const ON_ITS_WAY = 30_000;
const SPOT_CHECK_ON_ITS_WAY = 256;
const FAR = 100_000;
const SPOT_CHECK_FAR = 512;
const STATES_CHECKED_FAR = 8;

/** A machine that is overwritten with copies of other machines, again and again. */
export interface Scratch<View> {
  session: Session<View>;
  copy: ReturnType<StateSpace<View>['copier']>;
}

export const new_scratch = <View>({ space }: Trial<View>): Scratch<View> => {
  return { session: space.start(), copy: space.copier() };
};

/** Makes the scratch a copy of this machine. If the implementation has corrupted the scratch, makes a new one. */
function copy_to<View>({ space }: Trial<View>, from: Session<View>, scratch: Scratch<View>, copied: boolean): void {
  try {
    scratch.copy(from, scratch.session, copied);
  } catch {
    scratch.session = space.start();
    scratch.copy = space.copier();
    scratch.copy(from, scratch.session, false);
  }
}

/** How to restore a machine: a copy of an earlier machine that can be copied, and the commands from there on. */
export interface Resting<View> {
  readonly from: Session<View>;
  readonly rest: Program;
}

type Visit<View> = (after: Session<View>, command: number, resting: Resting<View> | null) => void;

/**
 * Tries every useful command in this state, and also each command paused at every place where it can pause. `visit`
 * gets the machine after each command if that state can be expanded. Without `visit`, only commands that may violate a
 * property are tried. `resting` says how to restore the machine, if it cannot be copied and the caller knows how.
 */
export function try_all<View>(
  trial: Trial<View>,
  session: Session<View>,
  path: readonly number[],
  scratch: Scratch<View>,
  visit?: Visit<View>,
  resting: Resting<View> | null = null,
): void {
  const { space, open } = trial;
  const copyable = space.copyable(session.view);
  // A state that cannot be copied is restored from the last state before it that can be copied.
  const { from, rest } = copyable ? { from: session, rest: [] } : (resting ?? resting_point(trial, path));
  let fresh = false;
  let copied = false;
  for (const command of space.commands(session.view)) {
    if (open.size === 0) return;
    if (!visit && !may_break(trial, command, session.view)) continue;
    const tries = [command];
    for (let nth = 0; nth < tries.length && open.size > 0; nth++) {
      const one = tries[nth] as number;
      trial.limits.about_to_run?.(path, one);
      if (!fresh) copy_to(trial, from, scratch, copied);
      copied = true;
      const after = scratch.session;
      for (const again of rest) after.step(again);
      const goes_on = try_one(trial, session.view, after, path, one);
      if (nth === 0) for (const paused of pauses_of(space, after.view, command, goes_on)) tries.push(paused);
      // If the caller does not ask whether the state is new, a copy costs no more than the check whether a copy is
      // needed.
      fresh = visit !== undefined && copyable && goes_on && space.unchanged(session.view, after.view);
      if (goes_on && !fresh && visit) {
        const again = space.copyable(after.view) ? null : { from, rest: [...rest, space.alphabet[one] as Command] };
        visit(after, one, again);
      }
      if (goes_on) end_here(trial, session.view, after, path, one);
    }
  }
}

/** The same command, paused at each of its places; none if it has corrupted the state that says where these are. */
function pauses_of<View>(space: StateSpace<View>, after: View, command: number, goes_on: boolean): readonly number[] {
  try {
    return space.paused(after, command);
  } catch (error) {
    if (goes_on) throw error;
    return [];
  }
}

/** A machine in the last state along the path that can be copied, and the commands from there on. */
function resting_point<View>(trial: Trial<View>, path: readonly number[]): Resting<View> {
  const { space } = trial;
  const program = program_of(space, path);
  const session = space.start();
  let resting = 0;
  for (const [step, command] of program.entries()) {
    session.step(command);
    if (space.copyable(session.view)) resting = step + 1;
  }
  return { from: machine_at(trial, path.slice(0, resting)), rest: program.slice(resting) };
}

/** The program may end here: then the paused commands are finished. This machine is not expanded. */
function end_here<View>(
  trial: Trial<View>,
  before: View,
  after: Session<View>,
  path: readonly number[],
  command: number,
): void {
  if (!may_break(trial, null, after.view)) return;
  const ended = after.finish?.() ?? null;
  if (ended !== null) note_breaches(trial, before, after, ended, path, command);
}

/** Tries one transition from a machine at the end of the path. Returns false if no command can follow. */
function try_one<View>(
  trial: Trial<View>,
  before: View,
  after: Session<View>,
  path: readonly number[],
  command: number,
): boolean {
  const { space, open, limits, doubtful } = trial;
  if (++trial.transitions > limits.transitions) {
    throw new CutShort({ kind: 'limit', text: `more than ${limits.transitions} transitions` });
  }
  const goes_on = after.step(space.alphabet[command] as Command);
  // Here the most permissive machine may differ from a machine that ran its program from the beginning.
  if (doubtful && goes_on && space.left_out_matters(after.view)) throw new CutShort(LEFT_OUT_MATTERS);
  if (trial.transitions % spot_check(trial) === 0) check_again(trial, [...path, command], after, goes_on);
  note_breaches(trial, before, after, goes_on, path, command);
  if (goes_on && open.size > 0 && space.left_out_matters(after.view)) throw new CutShort(LEFT_OUT_MATTERS);
  return goes_on;
}

function judges_in<View>(trial: Trial<View>): Judges<View> {
  trial.judges ??= judges_of([...trial.open.keys()]);
  return trial.judges;
}

function note_breaches<View>(
  trial: Trial<View>,
  before: View,
  after: Session<View>,
  goes_on: boolean,
  path: readonly number[],
  command: number,
): void {
  const { space, open, least, doubtful } = trial;
  const judges = judges_in(trial);
  if (all_hold(after, judges, goes_on)) return;
  for (const property of judges.properties) {
    const breach = judge(after, property, goes_on);
    if (breach === null) continue;
    if (!space.may_break(property, command, before)) throw new CutShort(BREAKS_UNEXPECTEDLY);
    open.delete(property);
    trial.judges = null;
    if (doubtful && property.detail !== null) doubtful.add(property.name);
    else least.set(property.name, { program: program_of(space, [...path, command]), breach });
  }
}

function spot_check<View>(trial: Trial<View>): number {
  if (trial.transitions < AT_FIRST) return SPOT_CHECK_AT_FIRST;
  if (is_far(trial)) return SPOT_CHECK_FAR;
  return trial.transitions < ON_ITS_WAY ? SPOT_CHECK : SPOT_CHECK_ON_ITS_WAY;
}

const is_far = <View>({ parallel, transitions }: Trial<View>): boolean => parallel && transitions >= FAR;

function may_break<View>(trial: Trial<View>, command: number | null, view: View): boolean {
  for (const property of judges_in(trial).by_need) if (trial.space.may_break(property, command, view)) return true;
  return false;
}

/**
 * A machine in the state that a program leads to. Both the program and its permutation must lead to this fingerprint;
 * otherwise it throws CutShort. `nth` is the number of the state in the search: late in a search, only some states are
 * checked with a permutation and run from the beginning.
 */
export function machine_of<View>(
  trial: Trial<View>,
  path: readonly number[],
  fingerprint: number | null,
  nth: number,
): Session<View> {
  const { space } = trial;
  const program = program_of(space, path);
  const to_be_checked = !is_far(trial) || nth % STATES_CHECKED_FAR === 0;
  const permuted = to_be_checked ? space.permuted(program) : null;
  if (permuted && fingerprint_of(space, run_all(space, permuted).session.view) !== fingerprint)
    throw new CutShort(BREAKS_SYMMETRY);
  const session = to_be_checked ? run_all(space, program).session : go_on_from_before(trial, path);
  if (fingerprint_of(space, session.view) !== fingerprint) throw new CutShort(KEEPS_SOMETHING);
  if (trial.doubtful) space.most_permissive?.(session.view);
  return session;
}

/**
 * Resumes from the last machine. States come in the order of their programs, so many follow from the same state, and a
 * copy of that state is faster than a run.
 */
function go_on_from_before<View>(trial: Trial<View>, path: readonly number[]): Session<View> {
  const { space } = trial;
  const start = path.slice(0, -1);
  let { before } = trial;
  if (!before || before.path.length !== start.length || before.path.some((command, i) => command !== start[i])) {
    const { session } = run_all(space, program_of(space, start));
    before = { path: start, session, scratch: before?.scratch ?? new_scratch(trial), copied: false };
    trial.before = before;
  }
  if (!space.copyable(before.session.view)) return run_all(space, program_of(space, path)).session;
  copy_to(trial, before.session, before.scratch, before.copied);
  const { session } = before.scratch;
  before.copied = true;
  session.step(space.alphabet[path.at(-1) as number] as Command);
  return session;
}

function machine_at<View>({ space, doubtful }: Trial<View>, path: readonly number[]): Session<View> {
  const { session } = run_all(space, program_of(space, path));
  if (doubtful) space.most_permissive?.(session.view);
  return session;
}

/** A program run from its beginning, both unchanged and permuted, must lead to the same state and the same verdicts. */
function check_again<View>(
  { space, open, doubtful }: Trial<View>,
  path: readonly number[],
  after: Session<View>,
  goes_on: boolean,
): void {
  const program = program_of(space, path);
  const fingerprint = goes_on ? fingerprint_of(space, after.view) : null;
  const same_as = (other: Program): boolean => {
    const { session, goes_on: went_on } = run_all(space, other);
    if (went_on !== goes_on || (goes_on && fingerprint_of(space, session.view) !== fingerprint)) return false;
    const properties = [...open.keys()].filter(({ detail }) => doubtful === null || detail === null);
    return properties.every((one) => (judge(session, one, goes_on) === null) === (judge(after, one, goes_on) === null));
  };
  if (!same_as(program)) throw new CutShort(KEEPS_SOMETHING);
  const permuted = space.permuted(program);
  if (permuted && !same_as(permuted)) throw new CutShort(BREAKS_SYMMETRY);
}

/** Runs a program from its beginning. `goes_on` is the result of its last step. */
function run_all<View>(space: StateSpace<View>, program: Program) {
  const session = space.start();
  let goes_on = true;
  for (const command of program) goes_on = session.step(command);
  return { session, goes_on };
}

/** Turns numbers in the alphabet into a program. */
export const program_of = <View>({ alphabet }: StateSpace<View>, path: readonly number[]): Program =>
  path.map((command) => alphabet[command] as Command);

const BREAKS_UNEXPECTEDLY: Reason = {
  kind: 'state',
  text: 'the implementation violates a property at a command that cannot affect it',
};
const KEEPS_SOMETHING: Reason = {
  kind: 'state',
  text: 'the implementation or the reference keeps state that the fingerprint does not cover',
};
const LEFT_OUT_MATTERS: Reason = {
  kind: 'symmetry',
  text: 'the implementation reached a state in which details outside the fingerprint matter',
};
const BREAKS_SYMMETRY: Reason = {
  kind: 'symmetry',
  text: 'the implementation treats symmetric places differently',
};
