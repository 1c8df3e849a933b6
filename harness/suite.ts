import type { StateSpace } from './explore/state_space';
import type { ProgramArbitrary } from './generate/arbitrary';
import type { ArgSpec, Bounds, Program } from './program/command';
import type { Selection, Space } from './program/space';
import type { Goal, Property } from './run/property';
import type { Session } from './run/session';

/** What the engine must know of an implementation. */
export interface VariantInfo {
  readonly name: string;
  readonly kind: string;
  /** What it takes over all that it does not replace from, if anything. */
  readonly base: string | null;
  readonly source: string;
  /** The properties it is expected to violate: all of them, and no other. */
  readonly violates: readonly string[];
  /** What else may break after that, in some programs: neither demanded of a search nor held against it. */
  readonly follows: readonly string[];
  /** Of the user's own: how often each entry that it replaces was asked so far, in this thread. */
  readonly calls?: ReadonlyMap<string, { readonly how: string; readonly times: number }>;
}

/** An entry that an implementation may replace. */
export interface Replaceable {
  /** What it is, its first sentence in short. */
  readonly doc: string;
  /** The implementations that ask it. */
  readonly asked_by: readonly string[];
}

/** These of them, in short: those that conform by name, how many others. */
export function in_short(names: readonly string[], variants: ReadonlyMap<string, VariantInfo>): string {
  const conforming = names.filter((name) => variants.get(name)?.violates.length === 0);
  const others = names.length - conforming.length;
  return [...conforming, ...(others > 0 ? [`${others} that do not conform`] : [])].join(', ');
}

/** What else an exhaustive search may go over. */
export interface SpaceOptions {
  /** Commands may be stopped at up to this many of the places where another may run: 0 for programs without. */
  readonly pauses: number;
  /** Nothing but these commands; all, if it is null. */
  readonly only: Selection | null;
}

/** Everything the engine is given: the system under test, as programs, implementations and claims. */
export interface Suite<View> {
  readonly commands: ReadonlyMap<
    string,
    { readonly name: string; readonly doc: string; readonly args: Readonly<Record<string, ArgSpec>> }
  >;
  readonly variants: ReadonlyMap<string, VariantInfo>;
  /** Those of the project's own that are to break nothing: what `"holds": "conforming"` of a regression stands for. */
  readonly conforming: readonly string[];
  /** What an implementation may replace: looked up when somebody asks. */
  replaceable(): ReadonlyMap<string, Replaceable>;
  readonly properties: ReadonlyMap<string, Property<View>>;
  /** Properties that no known defect breaks, and why they stay. */
  readonly kept: ReadonlyMap<string, string>;
  /** What the arguments of commands mean that several have. */
  readonly argument_docs: readonly { readonly argument: string; readonly doc: string }[];
  /** The properties that can be seen to break on the real thing: `kernels` of a regression names them. */
  readonly seen_on_kernels: readonly string[];
  /** The name of today of a property or an implementation: files and calls may use one that it had before. */
  name_today(name: string): string;
  readonly goals: ReadonlyMap<string, Goal<View>>;
  readonly space: Space;
  readonly bounds: Bounds;
  readonly programs: ProgramArbitrary;
  /** A fresh machine of this implementation. */
  start(variant: string): Session<View>;
  /** The property that an implementation breaks which never comes back from a command. */
  readonly ends: string;
  /** The symmetries that an exhaustive search may use, in words: the strongest first, none last. */
  readonly symmetries: readonly string[];
  /** Every program over an implementation; `detail` is a property's, `symmetry` a number in `symmetries`. */
  state_space(variant: string, detail: string | null, symmetry: number, options?: SpaceOptions): StateSpace<View>;
  /** The same program in the first of the places that are like each other. */
  canonical(program: Program): Program;
  /** The commands that go deepest for the time they take: what `explore` tries unless it is told otherwise. */
  readonly core: Selection;
  /** What an exhaustive search goes over, in words: how many commands (of all, where only some are wanted), in which world. */
  alphabet(only: Selection | null): string;
  /** A row of the step table: what a reader wants to see after a command. The keys are the columns. */
  row(view: View): Readonly<Record<string, string>>;
  /** What is compared of two implementations after a command: all that the implementation shows, nothing of the reference. */
  compared(view: View): Readonly<Record<string, string>>;
  readonly regressions: string;
  /** The user's own implementation, if there is one: what `variants` says of it, as plain data that can cross threads. */
  readonly own: OwnInfo | null;
}

/** What a thread without user code must know of the user's own implementation. */
export interface OwnInfo extends Omit<VariantInfo, 'calls'> {
  /** How each entry that it replaces is counted. */
  readonly replaced: readonly (readonly [name: string, how: string])[];
}

/** How often each entry that the user's own implementation replaces was asked so far, in this thread. */
export function calls_of<View>({ own, variants }: Suite<View>): ReadonlyMap<string, number> {
  const { calls } = (own && variants.get(own.name)) ?? {};
  return new Map([...(calls ?? [])].map(([name, { times }]) => [name, times]));
}
