import type { StateSpace } from './explore/state_space';
import type { ProgramArbitrary } from './generate/arbitrary';
import type { ArgSpec, Bounds, Program } from './program/command';
import type { Selection, Space } from './program/space';
import type { Goal, Property } from './run/property';
import type { Session } from './run/session';
import type { Threads } from './run/step';

/** What the engine needs to know about an implementation. */
export interface VariantInfo {
  readonly name: string;
  readonly kind: string;
  /** The implementation from which it takes all that it does not replace, if any. */
  readonly base: string | null;
  readonly source: string;
  /** The properties that it is expected to violate: all of these and no others. */
  readonly violates: readonly string[];
  /** Further properties that may then fail in some programs. A search need not violate them, and may. */
  readonly follows: readonly string[];
  /** For a user's implementation: how often each entry that it replaces was called so far in this thread. */
  readonly calls?: ReadonlyMap<string, { readonly how: string; readonly times: number }>;
}

/** An entry that an implementation may replace. */
export interface Replaceable {
  /** The first sentence of its description. */
  readonly doc: string;
  /** The implementations that call it. */
  readonly asked_by: readonly string[];
}

/** A rule that no property is about: a short program, and what must be seen at its end. */
export interface Rule {
  readonly name: string;
  readonly program: readonly string[];
  /** What is seen instead, in a line; null where the rule is kept. Throws an error if that does not end in time. */
  broken(): string | null;
}

/** The names as a short text: conforming implementations by name, and the number of the others. */
export function in_short(names: readonly string[], variants: ReadonlyMap<string, VariantInfo>): string {
  const conforming = names.filter((name) => variants.get(name)?.violates.length === 0);
  const others = names.length - conforming.length;
  return [...conforming, ...(others > 0 ? [`${others} that do not conform`] : [])].join(', ');
}

/** How soon random programs find the defects that are seeded in an implementation, as measured. */
export interface Power {
  /** The implementation in which they are seeded. */
  readonly baseline: string;
  /** The number of seeds, and of programs with each at most. */
  readonly seeds: number;
  readonly cases: number;
  /** By defect and seed, the programs up to and including the first that violates any property; null: none of `cases`. */
  readonly programs: Readonly<Record<string, readonly (number | null)[]>>;
}

/** Options of an exhaustive search. */
export interface SpaceOptions {
  /** Commands may pause at up to this many of the places where another CPU can run; 0: no pauses. */
  readonly pauses: number;
  /** Only these commands; null: all commands. */
  readonly only: Selection | null;
}

/** The input of the engine: the system under test as commands, implementations and properties. */
export interface Suite<View> {
  readonly commands: ReadonlyMap<
    string,
    { readonly name: string; readonly doc: string; readonly args: Readonly<Record<string, ArgSpec>> }
  >;
  readonly variants: ReadonlyMap<string, VariantInfo>;
  /**
   * The project's implementations that must violate nothing: those that `"holds": "conforming"` in a regression means.
   */
  readonly conforming: readonly string[];
  /** What an implementation may replace. Computed when called. */
  replaceable(): ReadonlyMap<string, Replaceable>;
  readonly properties: ReadonlyMap<string, Property<View>>;
  /** Rules that the user's own implementation must keep, if there is one. Found out when first asked for. */
  rules(): readonly Rule[];
  /** How soon defects of this implementation, or of the one that it is built on, are found; null if that was not measured. */
  power(variant: string): Power | null;
  /** Properties that no known defect violates, with the reason to keep them. */
  readonly kept: ReadonlyMap<string, string>;
  /** The meanings of arguments that several commands share. */
  readonly argument_docs: readonly { readonly argument: string; readonly doc: string }[];
  /** The properties whose violation can be seen on real kernels. `kernels` in a regression names these. */
  readonly seen_on_kernels: readonly string[];
  /** The current name of a property or an implementation. Files and calls may use a former name. */
  name_today(name: string): string;
  readonly goals: ReadonlyMap<string, Goal<View>>;
  /** By subject, the commands that act on it: those can concern each other. */
  readonly subjects: Readonly<Record<string, readonly string[]>>;
  readonly space: Space;
  readonly bounds: Bounds;
  readonly programs: ProgramArbitrary;
  /**
   * The base that this implementation is run beside, because that breaks properties by itself: such a violation is not the
   * implementation's. Null for all others.
   */
  base_beside(variant: string): string | null;
  /** A fresh machine of this implementation. */
  start(variant: string): Session<View>;
  /** The property that an implementation violates if it does not return from a command. */
  readonly ends: string;
  /** The symmetries that an exhaustive search may use, as text: the strongest first, the last one is none. */
  readonly symmetries: readonly string[];
  /**
   * The state space of an implementation. `detail`: that of a property or null. `symmetry`: an index in `symmetries`.
   */
  state_space(variant: string, detail: string | null, symmetry: number, options?: SpaceOptions): StateSpace<View>;
  /** The program that represents all programs that are equal to this one up to symmetry. */
  canonical(program: Program): Program;
  /** The core alphabet: the commands that reach most depth for their time. `explore` tries these by default. */
  readonly core: Selection;
  /**
   * The commands that a proof tries that these programs are minimal; null for all. Left out is what would multiply the states,
   * as long as no program has it.
   */
  proof_alphabet(programs: readonly Program[]): Selection | null;
  /** The commands of an exhaustive search as text: how many (and of how many, if selected), and in which world. */
  alphabet(only: Selection | null): string;
  /** A row of the step table, for a reader. The keys are the columns. */
  row(view: View): Readonly<Record<string, string>>;
  /** The columns of the step table that a property is about; none if it is about what no column shows. */
  columns_of(property: string): readonly string[];
  /** What is compared of two implementations after a command: all that the implementation shows, nothing of the reference. */
  compared(view: View): Readonly<Record<string, string>>;
  /** Which thread ran the last command, and which are paused where. */
  threads(view: View): Threads;
  /** What a page draws of the machine after a command, as plain data that can cross threads. */
  picture(view: View): unknown;
  readonly regressions: string;
  /** The user's own implementation, if there is one: what `variants` says of it, as plain data that can cross threads. */
  readonly own: OwnInfo | null;
}

/** What a thread without user code must know of the user's own implementation. */
export interface OwnInfo extends Omit<VariantInfo, 'calls'> {
  /** The base that it is run beside, if that breaks properties by itself. */
  readonly beside: string | null;
  /** How each entry that it replaces is counted. */
  readonly replaced: readonly (readonly [name: string, how: string])[];
}

/** How often each entry that the user's own implementation replaces was asked so far, in this thread. */
export function calls_of<View>({ own, variants }: Suite<View>): ReadonlyMap<string, number> {
  const { calls } = (own && variants.get(own.name)) ?? {};
  return new Map([...(calls ?? [])].map(([name, { times }]) => [name, times]));
}
