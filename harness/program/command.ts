/** Commands: a program is a list of them. A command is plain data; its definition says what it means. */

import { did_you_mean } from '../nearest';

/** The sizes of a world, by name (`pages`, `fan_out`, …). They bound arguments. */
export type Bounds = Readonly<Record<string, number>>;
export type ArgValue = string | number;
/** Arguments by name. */
export type Args = Readonly<Record<string, ArgValue>>;

/** One command of a program: plain data, printed as `name key=value …`. */
export interface Command {
  readonly name: string;
  readonly args: Args;
}
export type Program = readonly Command[];

/** The definition of an argument. */
export interface ArgSpec<T extends ArgValue = ArgValue> {
  /** Reads a text. If it is wrong, returns a string that begins with `!` and says what would have been right. */
  parse(text: string, bounds: Bounds): T | `!${string}`;
  /** The allowed values as text: `0..25`, `apple|pear`. */
  range(bounds: Bounds): string;
  /** A finite sample of the values, simplest first. Generation draws from it, and shrinking moves towards its front. */
  values(bounds: Bounds): readonly T[];
  /** The value of an argument that is not given. The text of a command leaves out an argument with this value. */
  readonly fallback?: T;
  /** Other values than the fallback are drawn only now and then, and only in some programs. */
  readonly seldom?: true;
  /** Arguments of one kind (`page`) mean the same thing in different commands, so they are shrunk together. */
  readonly kind: string;
}

/** The type of the arguments that these definitions describe. */
export type ArgsOf<S extends Record<string, ArgSpec>> = {
  readonly [K in keyof S]: S[K] extends ArgSpec<infer T> ? T : never;
};

/** What a command does to the two sides. `Ref` records what happens; `Impl` executes it (and may let others run). */
export interface CommandSpec<Ref, Impl, Step> {
  readonly name: string;
  /** One line for `list`. */
  readonly doc: string;
  readonly args: Readonly<Record<string, ArgSpec>>;
  /** How often the command is drawn, relative to the others. The default is 10. */
  readonly weight: number;
  reference(ref: Ref, args: Args): void;
  kernel(impl: Impl, args: Args): Step;
}

/** An argument that is one of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): ArgSpec<T> {
  return {
    kind: words.join('|'),
    parse: (text) => words.find((word) => word === text) ?? `!one of ${words.join(', ')}${did_you_mean(text, words)}`,
    range: () => words.join('|'),
    values: () => words,
  };
}

type Bound = number | string;
/** A size of the world by its name. Throws if no world has it: then the definition of a command is wrong. */
function size(name: string, bounds: Bounds): number {
  const found = bounds[name];
  if (found === undefined) throw new Error(`no world has a size called ${name}`);
  return found;
}

/**
 * An argument that is a whole number from `lo` to `hi`, both included. If `hi` is the name of a size of the world, that
 * size is excluded. `sample` lists the values to draw from if the range is wide.
 */
export function whole(kind: string, lo: number, hi: Bound, sample?: readonly number[]): ArgSpec<number> {
  const highest = (bounds: Bounds) => (typeof hi === 'number' ? hi : size(hi, bounds) - 1);
  return {
    kind,
    parse: (text, bounds) => {
      const value = Number(text);
      const fits = /^\d+$/.test(text) && value >= lo && value <= highest(bounds);
      return fits ? value : `!a whole number from ${lo} to ${highest(bounds)}`;
    },
    range: (bounds) => `${lo}..${highest(bounds)}`,
    values: (bounds) => sample ?? Array.from({ length: highest(bounds) - lo + 1 }, (_, i) => lo + i),
  };
}

/** An argument that may be left out. */
export function optional<T extends ArgValue>(spec: ArgSpec<T>, fallback: T): ArgSpec<T> {
  return { ...spec, range: (bounds) => `${spec.range(bounds)} (${fallback})`, fallback };
}

/** Suggests commands while a program is drawn. It follows the program and knows what is useful next. */
export interface Guide {
  /**
   * The name of a useful next command, or undefined. `take(n)` returns a random number below n. Called once for each
   * command, before its arguments are drawn.
   */
  command(take: (n: number) => number): string | undefined;
  /** A useful value for this argument of that command, or undefined. */
  value(command: string, key: string): ArgValue | undefined;
  /** Called with each command that the program gets. */
  after(command: Command): void;
}

/** Marks an argument that most commands should not have. */
export const seldom = <T extends ArgValue>(spec: ArgSpec<T>): ArgSpec<T> => ({ ...spec, seldom: true });

/** The largest `pause=N` in the program: a command with `pause=N` stops at its N-th place. */
export const pauses_in = (program: Program): number =>
  Math.max(0, ...program.map(({ args }) => Number(args['pause'] ?? 0)));

/** The same command, not paused. */
export const unpaused = ({ name, args }: Command): Command => ({
  name,
  args: 'pause' in args ? { ...args, pause: 0 } : args,
});
