import type { ArgSpec, ArgValue, Bounds, Command } from './command';

/** The commands that programs of one world are made of: how often each is drawn, and the values of its arguments. */
export interface Space {
  readonly bounds: Bounds;
  readonly commands: readonly SpaceCommand[];
  /** The length of the longest program. */
  readonly length: number;
}

/** A kind of command. */
export interface SpaceCommand {
  readonly name: string;
  readonly weight: number;
  readonly args: readonly SpaceArg[];
  /** Cache of command_at(), indexed by the number of the command. */
  readonly made: (Command | null)[];
}

/** An argument of a kind of command. */
export interface SpaceArg {
  readonly key: string;
  readonly kind: string;
  /** Simplest first. */
  readonly values: readonly ArgValue[];
  /**
   * `digits` are the numbers of `values` among all values that the argument may have here; `digit_of` has the number of
   * each of all these values.
   */
  readonly digits: readonly number[];
  readonly digit_of: ReadonlyMap<ArgValue, number>;
  /** The number of all these values. */
  readonly base: number;
  /** Other values than the fallback are drawn only now and then. */
  readonly seldom: boolean;
}

interface Spec {
  readonly name: string;
  readonly weight: number;
  readonly args: Readonly<Record<string, ArgSpec>>;
}

/** The space of programs of up to `length` commands: all values of all arguments, in a world of these sizes. */
export function make_space(specs: Iterable<Spec>, bounds: Bounds, length: number): Space {
  const commands: SpaceCommand[] = [];
  for (const { name, weight, args } of specs) {
    const space_args = Object.entries(args).map(([key, spec]): SpaceArg => {
      const values = spec.values(bounds);
      const digits = values.map((_, digit) => digit);
      const digit_of = new Map(values.map((value, digit) => [value, digit]));
      return { key, kind: spec.kind, values, digits, digit_of, base: values.length, seldom: spec.seldom === true };
    });
    const count = space_args.reduce((n, { digit_of }) => n * digit_of.size, 1);
    // All at once: V8 keeps an array that is filled here and there as a hash table.
    commands.push({ name, weight, args: space_args, made: new Array(count).fill(null) });
  }
  return { bounds, commands, length };
}

/**
 * A selection of commands by name. Each lists the arguments that are restricted, with the values allowed.
 * Plain data, so that it can be sent to threads.
 */
export type Selection = Readonly<Record<string, Readonly<Record<string, readonly ArgValue[]>>>>;

/** The space with only these commands. The numbers of commands and values do not change. */
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

/** Whether a command is in the selection. */
export const is_selected = (selection: Selection, { name, args }: Command): boolean => {
  const wanted = selection[name];
  return (
    wanted !== undefined && Object.entries(wanted).every(([key, values]) => values.includes(args[key] as ArgValue))
  );
};

/** The selection as text: `NAME KEY=VALUE|VALUE, NAME, …`. A list of more than four values is given as first…last. */
export function selection_text(selection: Selection): string {
  const arg_text = ([key, values]: [string, readonly ArgValue[]]) =>
    values.length > 4 ? `${key}=${values[0]}…${values.at(-1)}` : `${key}=${values.join('|')}`;
  return Object.entries(selection)
    .map(([name, args]) => [name, ...Object.entries(args).map(arg_text)].join(' '))
    .join(', ');
}

/** The arguments of this command; empty if the space has no such command. */
export function args_of(space: Space, command: Command): readonly SpaceArg[] {
  return space.commands.find(({ name }) => name === command.name)?.args ?? [];
}

/** The number of commands of this kind. */
export const count_of = ({ args }: SpaceCommand): number => args.reduce((n, { digit_of }) => n * digit_of.size, 1);

/**
 * The command of this kind with this number. The digits of the number are its arguments, the first most significant.
 */
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
