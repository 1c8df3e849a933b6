/** From a failing program to the minimal program, with a certificate that says what was searched. */

import { type Exploration, explore } from '../explore/explore';
import type { Limits, SoughtProperties } from '../explore/state_space';
import type { Heartbeat } from '../pool/heartbeat';
import { type Program, pauses_in } from '../program/command';
import { at_once } from '../program/work';
import type { Property } from '../run/property';
import type { Ran } from '../run/ran';
import { run } from '../run/run';
import type { Found } from '../run/session';
import type { Step } from '../run/step';
import type { SpaceOptions, Suite } from '../suite';
import { confirm, reduce } from './reduce';

/** What is known about the length of a counterexample. */
export interface Certificate {
  /** No single command can be left out. False also if that is unknown. */
  readonly needed: boolean;
  /** Every smaller program (shorter, or of this length and earlier in the order) was tried, and the property holds. */
  readonly certified: boolean;
  /** What was searched, or why the search proves nothing. */
  readonly text: string;
  readonly states: number;
  readonly transitions: number;
}

/** A property that a program violates, and whether a simpler program is ruled out. */
export interface Proof {
  readonly property: string;
  readonly program: Program;
  readonly found: Found;
  readonly certificate: Certificate;
}

/** The same with its steps, so that a reporter can print it without running anything. */
export interface Counterexample extends Proof {
  readonly steps: readonly Step[];
}

/** The first violation of one property by a program, or null. */
export function breach_of<View>(
  suite: Suite<View>,
  variant: string,
  property: string,
  program: Program,
  heartbeat?: Heartbeat,
): Found | null {
  const claim = suite.properties.get(property);
  return (claim && run(suite.start(variant), program, [claim], { heartbeat })[0]) ?? null;
}

/**
 * A shrunk program that violates the property, cut after the command that violates it. Its length is an upper bound.
 */
export function shrink<View>(
  suite: Suite<View>,
  variant: string,
  property: string,
  program: Program,
  heartbeat?: Heartbeat,
): Program {
  const claims = [...suite.properties.values()].filter(({ name }) => name === property);
  const runs = (candidate: Program): Ran => {
    return { program: candidate, found: run(suite.start(variant), candidate, claims, { heartbeat }) };
  };
  const smallest = at_once(reduce({ space: suite.space, upto: run_up_to }, program, property, null), runs);
  const shrunk = smallest?.ran.program ?? program;
  return shrunk.slice(0, breach_again(suite, variant, property, shrunk).step + 1);
}

/** The same run, as if the program had ended after this command. */
export const run_up_to = (ran: Ran, step: number): Ran => ({ ...ran, program: ran.program.slice(0, step + 1) });

/** The message for a violation that was seen once and did not repeat. */
const NOT_AGAIN = { got: 'the violation did not repeat', want: 'the same result in every run' };

/** The reason why nothing is proven if equal runs of an implementation have different results. */
export const UNLIKE = 'the implementation is nondeterministic: it keeps state between programs or uses randomness';

/** How many repetitions must show the violation again. */
const TIMES = 10;

/** Whether a program shows the same violation again, in the same way, in every repetition. */
export function comes_again<View>(
  suite: Suite<View>,
  variant: string,
  { property, program, found }: Omit<Proof, 'certificate'>,
): boolean {
  const same = (again: Found | null) => again?.step === found.step && again.breach.got === found.breach.got;
  const seen = at_once(confirm(program, same, TIMES), (one) => breach_of(suite, variant, property, one));
  return seen.again === seen.replays;
}

/** Nothing is proven of a nondeterministic implementation, whatever a thread found. */
export const not_the_same_twice = (counterexamples: readonly Counterexample[]): readonly Counterexample[] =>
  counterexamples.map((one) => {
    const certificate = { ...one.certificate, certified: false, needed: false, text: UNLIKE };
    return { ...one, certificate, steps: one.steps.map((step) => ({ ...step, without: null })) };
  });

/** Runs the program again and returns the violation. If it does not repeat, returns not_again(). */
export const breach_again = <View>(suite: Suite<View>, variant: string, property: string, program: Program): Found =>
  breach_of(suite, variant, property, program) ?? not_again(property, program);

/** The finding for a nondeterministic implementation, at the last command of the program. */
export const not_again = (property: string, program: Program): Found => {
  return { property, step: program.length - 1, breach: NOT_AGAIN };
};

/** Limit, in transitions, of the search for a program without pauses that is longer than the known one. */
const ONE_MORE = 80_000;

/**
 * Replaces each program (by property) by the minimal program that violates the property. A program that could not be
 * certified stays as it is, and each of its commands is needed. `seen`: the violation of a single program that must not
 * be run again.
 */
export function certify<View>(
  suite: Suite<View>,
  variant: string,
  known: Readonly<Record<string, Program>>,
  limits: Omit<Limits, 'depth'>,
  seen: Found | null = null,
): Proof[] {
  const properties = Object.keys(known).map((name) => suite.properties.get(name) as Property<View>);
  // A detail that few properties need splits one state into many. Properties that do not need it are searched without.
  const only = suite.proof_alphabet(Object.values(known));
  const details = [...new Set(properties.map(({ detail }) => detail))];
  return details.flatMap((detail) => {
    const of_detail = properties.filter((one) => one.detail === detail);
    const search = (names: readonly Property<View>[], pauses: number, more = 0, transitions = limits.transitions) => {
      const wanted = new Map(names.map((one) => [one, pauses_of(one) > pauses ? null : length_of(one)]));
      // The known programs limit the depth.
      const depth = Math.max(0, ...names.map(length_of)) + more;
      return explore_with_less_symmetry(
        suite,
        variant,
        detail,
        wanted,
        { pauses, only },
        { ...limits, transitions, depth },
      );
    };
    const length_of = ({ name }: Property<View>): number => known[name]?.length ?? 0;
    const pauses_of = ({ name }: Property<View>): number => pauses_in(known[name] ?? []);
    // A program without pauses is simpler than one with pauses, whatever its length. So first nothing is paused,
    // not even if the program is then one command longer.
    const plain = search(of_detail, 0);
    const results = new Map(of_detail.map((one) => [one, plain]));
    const left_at = (pauses: number) =>
      of_detail.filter((one) => pauses_of(one) >= pauses && !results.get(one)?.least.has(one.name));
    if (left_at(1).length > 0) {
      const longer = search(left_at(1), 0, 1, Math.min(limits.transitions, ONE_MORE));
      for (const one of left_at(1)) results.set(one, longer);
    }
    // A program is simpler the earlier its commands pause.
    for (let pauses = 1, left = left_at(1); left.length > 0; left = left_at(++pauses)) {
      const paused = search(left, pauses);
      for (const one of left) results.set(one, paused);
    }
    return of_detail.map((one) => {
      return proof_of(suite, variant, one.name, known[one.name] ?? [], results.get(one) ?? plain, seen);
    });
  });
}

type Result = Exploration & SpaceOptions & { readonly symmetry: string };

/** If the implementation breaks a symmetry, the search starts again with less symmetry. */
function explore_with_less_symmetry<View>(
  suite: Suite<View>,
  variant: string,
  detail: string | null,
  wanted: SoughtProperties<View>,
  options: SpaceOptions,
  limits: Limits,
): Result {
  const base = suite.base_beside(variant);
  if (base !== null) return not_searched(base, options);
  const search = (n: number): Result => {
    return {
      symmetry: suite.symmetries[n] ?? '',
      ...options,
      ...explore(suite.state_space(variant, detail, n, options), wanted, limits),
    };
  };
  let result = search(0);
  for (let n = 1; n < suite.symmetries.length && result.cut_short?.kind === 'symmetry'; n++) result = search(n);
  return result;
}

/** The states are those of one machine. They do not include whether the base has violated the same property. */
function not_searched(base: string, options: SpaceOptions): Result {
  const text = `breaches of ${base} itself are recognised by running it beside; they are left out of the search`;
  return {
    symmetry: '',
    ...options,
    least: new Map(),
    depth: 0,
    states: 0,
    transitions: 0,
    cut_short: { kind: 'state', text },
  };
}

function proof_of<View>(
  suite: Suite<View>,
  variant: string,
  property: string,
  known: Program,
  result: Result,
  seen: Found | null,
): Proof {
  const { states, transitions, cut_short } = result;
  const least = result.least.get(property);
  const sound = cut_short === null || cut_short.kind === 'limit' || cut_short.kind === 'stopped';
  const proven = least && sound ? breach_of(suite, variant, property, least.program) : null;
  if (least && proven?.step === least.program.length - 1) {
    const text = certificate_text(suite, least.program.length - 1, result);
    return {
      property,
      program: least.program,
      found: proven,
      certificate: { certified: true, needed: true, text, states, transitions },
    };
  }
  const found = seen ?? breach_again(suite, variant, property, known);
  const unlike = found.breach === NOT_AGAIN || (least && sound);
  const text = unlike ? UNLIKE : (cut_short?.text ?? 'the search did not find the known program');
  return {
    property,
    program: known,
    found,
    certificate: { certified: false, needed: true, text, states, transitions },
  };
}

function certificate_text<View>(
  suite: Suite<View>,
  shorter: number,
  { states, transitions, symmetry, pauses, only }: Result,
): string {
  const unfinished = pauses > 0 ? `, each also paused at up to ${pauses} places` : '';
  const searched = `${suite.alphabet(only)}${unfinished}; ${states} states, ${transitions} transitions; ${symmetry}`;
  return `${minimal_text(shorter)} (${searched})`;
}

/** `3 commands`. */
export const commands_text = (n: number): string => `${n} command${n === 1 ? '' : 's'}`;

/** What is proven of a minimal program if no program of `shorter` commands violates the property. */
export function minimal_text(shorter: number): string {
  return shorter === 0
    ? 'minimal: one command is enough, and no smaller one violates it'
    : 'minimal: no shorter program violates it, and no smaller one of the same length';
}
