import type { ArgSpec, ArgValue, Bounds, Command } from './command';

/** What programs are made of in one world: each command, how often it is drawn, and the values of its arguments. */
export interface Space {
  readonly bounds: Bounds;
  readonly commands: readonly SpaceCommand[];
  /** Longest program. */
  readonly length: number;
}

export interface SpaceCommand {
  readonly name: string;
  readonly weight: number;
  readonly args: readonly SpaceArg[];
  /** Commands by number, made when first asked for: see command_at(). */
  readonly made: Command[];
}

export interface SpaceArg {
  readonly key: string;
  readonly kind: string;
  /** Simplest first. */
  readonly values: readonly ArgValue[];
  /** Their numbers among all values that the argument may have here, and the number of each of those. */
  readonly digits: readonly number[];
  readonly digit_of: ReadonlyMap<ArgValue, number>;
  /** Drawn with another value than its fallback only now and then. */
  readonly seldom: boolean;
}

interface Spec {
  readonly name: string;
  readonly weight: number;
  readonly args: Readonly<Record<string, ArgSpec>>;
}

/** What programs of up to `length` commands are made of: all values of all arguments, in a world of these sizes. */
export function make_space(specs: Iterable<Spec>, bounds: Bounds, length: number): Space {
  const commands: SpaceCommand[] = [];
  for (const { name, weight, args } of specs) {
    const space_args = Object.entries(args).map(([key, spec]): SpaceArg => {
      const values = spec.values(bounds);
      const digits = values.map((_, digit) => digit);
      const digit_of = new Map(values.map((value, digit) => [value, digit]));
      return { key, kind: spec.kind, values, digits, digit_of, seldom: spec.seldom === true };
    });
    commands.push({ name, weight, args: space_args, made: [] });
  }
  return { bounds, commands, length };
}

/**
 * Some commands only, by name, each with those arguments of which not every value is wanted. Plain data, so that threads can
 * be told.
 */
export type Selection = Readonly<Record<string, Readonly<Record<string, readonly ArgValue[]>>>>;

/** The space with nothing but these commands; their numbers, and those of values, stay what they are. */
export function select(space: Space, selection: Selection): Space {
  const commands = space.commands.flatMap((kind): SpaceCommand[] => {
    const wanted = selection[kind.name];
    if (!wanted) return [];
    const args = kind.args.map((arg): SpaceArg => {
      const values = arg.values.filter((value) => wanted[arg.key]?.includes(value) ?? true);
      return { ...arg, values, digits: values.map((value) => arg.digit_of.get(value) as number) };
    });
    return [{ ...kind, args }];
  });
  return { ...space, commands };
}

/** Whether a command is one of those selected. */
export const is_selected = (selection: Selection, { name, args }: Command): boolean => {
  const wanted = selection[name];
  return (
    wanted !== undefined && Object.entries(wanted).every(([key, values]) => values.includes(args[key] as ArgValue))
  );
};

/** In words: `NAME KEY=VALUE|VALUE, NAME, …`. Long lists of numbers are given by their ends. */
export function selection_text(selection: Selection): string {
  const arg_text = ([key, values]: [string, readonly ArgValue[]]) =>
    values.length > 4 ? `${key}=${values[0]}…${values.at(-1)}` : `${key}=${values.join('|')}`;
  return Object.entries(selection)
    .map(([name, args]) => [name, ...Object.entries(args).map(arg_text)].join(' '))
    .join(', ');
}

/** The arguments of a command's kind; none, if the space has no such command. */
export function args_of(space: Space, command: Command): readonly SpaceArg[] {
  return space.commands.find(({ name }) => name === command.name)?.args ?? [];
}

/** How many commands there are of a kind. */
export const count_of = ({ args }: SpaceCommand): number => args.reduce((n, { digit_of }) => n * digit_of.size, 1);

/** A command of a kind by its number: its arguments' digits, the first argument's the highest. */
export function command_at({ name, args, made }: SpaceCommand, number: number): Command {
  const known = made[number];
  if (known) return known;
  const values: [string, ArgValue][] = [];
  let rest = number;
  for (const { key, digit_of } of [...args].reverse()) {
    values.unshift([key, [...digit_of.keys()][rest % digit_of.size] as ArgValue]);
    rest = Math.floor(rest / digit_of.size);
  }
  const command = { name, args: Object.fromEntries(values) };
  made[number] = command;
  return command;
}
