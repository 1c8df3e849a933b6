/** Exhaustive search: all programs in order, the shortest first. What it finds first is the least of the shortest. */
import type { Command, Program } from './command';
import type { Breach, Property } from './property';
import { judge, type Session } from './run';

/** What an exhaustive search needs beside a machine: copies of it, a number for its state, and the commands to try. */
export interface StateSpace<View> {
  /** Every command there is, in the fixed order that makes one program less than another of its length. */
  readonly alphabet: readonly Command[];
  start(): Session<View>;
  /** A function that makes its second machine, always the same one, a copy of its first. */
  copier(): (from: Session<View>, to: Session<View>) => void;
  /** Equal for states that have the same future; null for a state that must not be taken for another. */
  key(view: View): number | null;
  /** Whether a command is known to have changed nothing that matters: then the copy need not be made again. */
  unchanged(before: View, after: View): boolean;
  /** Whether this state shows that what the key leaves out does decide something. */
  left_out_matters(view: View): boolean;
  /** The commands worth trying, least first: of those that lead to the same, the least. Numbers in the alphabet. */
  commands(view: View): readonly number[];
  /** Whether this command can bring about what the property waits for: no other is tried at the end of a program. */
  may_break(property: Property<View>, command: number): boolean;
  /** The same program in other places, where that should make no difference; null if places cannot be changed. */
  elsewhere(program: Program): Program | null;
}

/** What to look for: properties, each with the length of a program that is known to break it; null if none is known. */
export type Wanted<View> = ReadonlyMap<Property<View>, number | null>;

export interface Limits {
  /** Longest program to try. */
  readonly depth: number;
  /** Stop, and say so, after this many transitions. */
  readonly transitions: number;
  /** Asked now and then: true to stop. */
  stopped(): boolean;
  /** Told what is about to run, as numbers in the alphabet: the implementation may never come back from it. */
  about_to_run?(path: readonly number[], command: number): void;
}

/** What an exhaustive search brought. */
export interface Exploration {
  /** By property, the least of its shortest programs. */
  readonly least: ReadonlyMap<string, Least>;
  /** Programs of up to this length were all tried, for what is not in `least`. */
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
  /** Why the search ended before its time, or null. */
  readonly cut_short: Reason | null;
}

/**
 * `limit`, `stopped`: nothing is proven beyond `depth`, but for what is in `least`. `state`: the implementation keeps
 * something that cannot be copied, `likeness`: what was taken as one is not; then nothing is proven at all.
 */
export interface Reason {
  readonly kind: 'limit' | 'stopped' | 'state' | 'likeness';
  readonly text: string;
}

export interface Least {
  readonly program: Program;
  readonly breach: Breach;
}

/** States of one depth, each as the state before it and the command that led on from there. */
interface Layer {
  readonly before: number[];
  readonly commands: number[];
  readonly keys: (number | null)[];
}

interface Search<View> {
  readonly space: StateSpace<View>;
  readonly limits: Limits;
  readonly open: Map<Property<View>, number | null>;
  readonly least: Map<string, Least>;
  readonly seen: Set<number>;
  readonly layers: Layer[];
  states: number;
  transitions: number;
}

/** Ends a search before its time. */
class CutShort extends Error {
  constructor(readonly reason: Reason) {
    super(reason.text);
  }
}

/** One transition in so many is run once more from the beginning of its program, and in other places; at first, more. */
const SPOT_CHECK = 64;
const SPOT_CHECK_AT_FIRST = 4;
const AT_FIRST = 4000;

/**
 * Breadth first over all programs, in order. States that have been seen are not gone on from: what led there first was
 * less. Copies, numbers and likenesses are checked against programs run from their beginning, here and elsewhere.
 */
export function explore<View>(space: StateSpace<View>, wanted: Wanted<View>, limits: Limits): Exploration {
  const first = space.key(space.start().view);
  const layers = [{ before: [-1], commands: [-1], keys: [first] }];
  const seen = new Set(first === null ? [] : [first]);
  const search: Search<View> = {
    space,
    limits,
    open: new Map(wanted),
    least: new Map(),
    seen,
    layers,
    states: 1,
    transitions: 0,
  };
  let depth = 0;
  let cut_short: Reason | null = null;
  try {
    while (search.open.size > 0 && depth < deepest(search)) depth = go_deeper(search, depth);
  } catch (error) {
    if (!(error instanceof CutShort)) throw error;
    cut_short = error.reason;
  }
  return { least: search.least, depth, states: search.states, transitions: search.transitions, cut_short };
}

/** No longer programs need to be tried than those known to break what is still open. */
function deepest<View>({ open, limits }: Search<View>): number {
  let longest = 0;
  for (const known of open.values()) longest = Math.max(longest, Math.min(known ?? limits.depth, limits.depth));
  return longest;
}

/**
 * All programs of one more command; and, where no more than one further command is left to try, of that too: the states
 * in between need not be kept. Returns the depth reached.
 */
function go_deeper<View>(search: Search<View>, depth: number): number {
  const scratch = new_scratch(search);
  for_each_state(search, depth, (session, path) => try_all(search, session, path, scratch));
  expect_found(search, depth + 1);
  const left = deepest(search) - depth;
  if (left <= 1) return depth + 1;

  const next: Layer = { before: [], commands: [], keys: [] };
  const last = new_scratch(search);
  for_each_state(search, depth, (session, path, state) => {
    try_all(search, session, path, scratch, (after, command) => {
      const key = unseen(search, after);
      if (key === undefined) return;
      if (left === 2) try_all(search, after, [...path, command], last);
      else add_state(next, state, command, key);
    });
  });
  if (left === 2) expect_found(search, depth + 2);
  else search.layers.push(next);
  return left === 2 ? depth + 2 : depth + 1;
}

function add_state(layer: Layer, before: number, command: number, key: number | null): void {
  layer.before.push(before);
  layer.commands.push(command);
  layer.keys.push(key);
}

/** A program of this length is known to break it: if none was found, states were taken for each other wrongly. */
function expect_found<View>({ open }: Search<View>, length: number): void {
  for (const [property, known] of open) {
    if (known !== null && known <= length)
      throw new CutShort({ kind: 'likeness', text: `the program known to break ${property.name} was not met` });
  }
}

interface Scratch<View> {
  readonly session: Session<View>;
  readonly copy: (from: Session<View>, to: Session<View>) => void;
}

const new_scratch = <View>({ space }: Search<View>): Scratch<View> => {
  return { session: space.start(), copy: space.copier() };
};

type Visit<View> = (after: Session<View>, command: number) => void;

/**
 * Every command worth trying in this state; `visit` sees the machine after each that it can go on from. Without it,
 * only commands that may break something are tried.
 */
function try_all<View>(
  search: Search<View>,
  session: Session<View>,
  path: readonly number[],
  { session: after, copy }: Scratch<View>,
  visit?: Visit<View>,
): void {
  const { space, open, limits } = search;
  let fresh = false;
  for (const command of space.commands(session.view)) {
    if (open.size === 0) return;
    if (!visit && !may_break(search, command)) continue;
    if (++search.transitions > limits.transitions) {
      throw new CutShort({ kind: 'limit', text: `more than ${limits.transitions} transitions` });
    }
    limits.about_to_run?.(path, command);
    if (!fresh) copy(session, after);
    const goes_on = after.step(space.alphabet[command] as Command);
    const every = search.transitions < AT_FIRST ? SPOT_CHECK_AT_FIRST : SPOT_CHECK;
    if (search.transitions % every === 0) check_again(search, [...path, command], after, goes_on);
    for (const property of open.keys()) {
      const breach = judge(after, property, goes_on);
      if (breach === null) continue;
      if (!space.may_break(property, command)) throw new CutShort(BREAKS_UNEXPECTEDLY);
      search.least.set(property.name, { program: program_of(space, [...path, command]), breach });
      open.delete(property);
    }
    if (goes_on && open.size > 0 && space.left_out_matters(after.view)) throw new CutShort(LEFT_OUT_MATTERS);
    fresh = goes_on && space.unchanged(session.view, after.view);
    if (goes_on && !fresh) visit?.(after, command);
  }
}

/** A Set holds 2^24. */
const STATES_AT_MOST = 16_000_000;

/** The state's key if it has not been seen (null for a state without one); undefined if it has. */
function unseen<View>(search: Search<View>, { view }: Session<View>): number | null | undefined {
  const key = search.space.key(view);
  if (key !== null) {
    if (search.seen.has(key)) return undefined;
    if (search.seen.size >= STATES_AT_MOST)
      throw new CutShort({ kind: 'limit', text: `more than ${STATES_AT_MOST} states` });
    search.seen.add(key);
  }
  search.states++;
  return key;
}

/** Brings a machine into each state of a layer, by its program. */
function for_each_state<View>(
  search: Search<View>,
  depth: number,
  visit: (session: Session<View>, path: readonly number[], state: number) => void,
): void {
  const { space, layers, limits } = search;
  const { commands, keys } = layers[depth] as Layer;
  for (let state = 0; state < commands.length && search.open.size > 0; state++) {
    if (limits.stopped()) throw new CutShort({ kind: 'stopped', text: 'stopped' });
    const path = path_to(layers, depth, state);
    const program = program_of(space, path);
    const { session } = run_all(space, program);
    const key = keys[state] ?? null;
    if (space.key(session.view) !== key) throw new CutShort(KEEPS_SOMETHING);
    const elsewhere = space.elsewhere(program);
    if (elsewhere && space.key(run_all(space, elsewhere).session.view) !== key) throw new CutShort(TELLS_PLACES_APART);
    visit(session, path, state);
  }
}

function may_break<View>({ space, open }: Search<View>, command: number): boolean {
  for (const property of open.keys()) if (space.may_break(property, command)) return true;
  return false;
}

const BREAKS_UNEXPECTEDLY: Reason = {
  kind: 'state',
  text: 'the implementation does something at a command that should have nothing to do with it',
};
const KEEPS_SOMETHING: Reason = {
  kind: 'state',
  text: 'the implementation keeps something that its state does not show',
};
const LEFT_OUT_MATTERS: Reason = {
  kind: 'likeness',
  text: 'the implementation has come into a state where what was left out of it matters',
};
const TELLS_PLACES_APART: Reason = {
  kind: 'likeness',
  text: 'the implementation tells places apart that should be alike',
};

/** A program run from its beginning, here and elsewhere, must lead to the same state and the same verdicts. */
function check_again<View>(
  search: Search<View>,
  path: readonly number[],
  after: Session<View>,
  goes_on: boolean,
): void {
  const { space, open } = search;
  const program = program_of(space, path);
  const same_as = (other: Program): boolean => {
    const { session, goes_on: went_on } = run_all(space, other);
    if (went_on !== goes_on || (goes_on && space.key(session.view) !== space.key(after.view))) return false;
    const properties = [...open.keys()];
    return properties.every((one) => (judge(session, one, goes_on) === null) === (judge(after, one, goes_on) === null));
  };
  if (!same_as(program)) throw new CutShort(KEEPS_SOMETHING);
  const elsewhere = space.elsewhere(program);
  if (elsewhere && !same_as(elsewhere)) throw new CutShort(TELLS_PLACES_APART);
}

/** A program from its beginning; `goes_on` is what its last step returned. */
function run_all<View>(space: StateSpace<View>, program: Program) {
  const session = space.start();
  let goes_on = true;
  for (const command of program) goes_on = session.step(command);
  return { session, goes_on };
}

function path_to(layers: readonly Layer[], depth: number, state: number): number[] {
  const path: number[] = [];
  for (let at = state, d = depth; d > 0; d--) {
    const layer = layers[d] as Layer;
    path.unshift(layer.commands[at] as number);
    at = layer.before[at] as number;
  }
  return path;
}

/** A program by the numbers of its commands in the alphabet. */
export const program_of = <View>({ alphabet }: StateSpace<View>, path: readonly number[]): Program =>
  path.map((command) => alphabet[command] as Command);
