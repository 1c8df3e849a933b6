/** Commands: what a program is made of. A command is plain data; its definition says what it means. */

/** The sizes of a world that arguments are bounded by (`pages`, `fan_out`, …). */
export type Bounds = Readonly<Record<string, number>>;
export type ArgValue = string | number;
export type Args = Readonly<Record<string, ArgValue>>;

/** One command of a program: plain data, printed as `name key=value …`. */
export interface Command {
  readonly name: string;
  readonly args: Args;
}
export type Program = readonly Command[];

/** An argument: the values it may have, simplest first where that matters. */
export interface ArgSpec<T extends ArgValue = ArgValue> {
  /** Reads a text; a string that begins with `!` says what would have been right. */
  parse(text: string, bounds: Bounds): T | `!${string}`;
  /** What may be given, in words: `0..25`, `apple|pear`. */
  range(bounds: Bounds): string;
  /** A finite sample of the values, simplest first: what generation draws from and shrinking moves to the front of. */
  values(bounds: Bounds): readonly T[];
  /** Left out of the text when it has this value. */
  readonly fallback?: T;
  /** Drawn with another value than its fallback only now and then, and only in some programs. */
  readonly seldom?: true;
  /** Values that mean the same thing to different commands (`page`): shrunk together. */
  readonly kind: string;
}

export type ArgsOf<S extends Record<string, ArgSpec>> = {
  readonly [K in keyof S]: S[K] extends ArgSpec<infer T> ? T : never;
};

/** What a command means to the two sides: `Ref` is told what happens, `Impl` does it (and may let others run). */
export interface CommandSpec<Ref, Impl, Step> {
  readonly name: string;
  /** One line for `list`. */
  readonly doc: string;
  readonly args: Readonly<Record<string, ArgSpec>>;
  /** How often it is drawn, relative to the others; default 10. */
  readonly weight: number;
  reference(ref: Ref, args: Args): void;
  kernel(impl: Impl, args: Args): Step;
}

/** One of a few words. */
export function oneOf<const T extends string>(...words: readonly T[]): ArgSpec<T> {
  return {
    kind: words.join('|'),
    parse: (text) => words.find((word) => word === text) ?? `!one of ${words.join(', ')}`,
    range: () => words.join('|'),
    values: () => words,
  };
}

type Bound = number | string;
/** A size of the world by its name. A name that no world has is a mistake in a command's definition. */
function size(name: string, bounds: Bounds): number {
  const found = bounds[name];
  if (found === undefined) throw new Error(`no world has a size called ${name}`);
  return found;
}

/**
 * A whole number from `lo` up to and including `hi`; a bound given by name is one of the world's sizes, and then
 * exclusive. `sample` names the values worth drawing where the range is wide.
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

/** Suggests commands while a program is drawn: it follows the program, and knows what is worth touching next. */
export interface Guide {
  /**
   * A command worth drawing next, by name, or undefined; `take(n)` is a random number below n. Asked once for each
   * command, before its arguments.
   */
  command(take: (n: number) => number): string | undefined;
  /** A value worth giving this argument of that command, or undefined. */
  value(command: string, key: string): ArgValue | undefined;
  /** The program goes on with this command. */
  after(command: Command): void;
}

/** An argument that most commands are better without. */
export const seldom = <T extends ArgValue>(spec: ArgSpec<T>): ArgSpec<T> => ({ ...spec, seldom: true });

/** How far on a command of this program is paused, at most: a command with `pause=N` stops at its N-th place. */
export const pauses_in = (program: Program): number =>
  Math.max(0, ...program.map(({ args }) => Number(args['pause'] ?? 0)));

/** The same command, not paused. */
export const unpaused = ({ name, args }: Command): Command => ({
  name,
  args: 'pause' in args ? { ...args, pause: 0 } : args,
});
