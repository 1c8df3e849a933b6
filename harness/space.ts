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
  /** The commands drawn so far, by their arguments' digits: a program is made of commands that are there already. */
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
}

interface Spec {
  readonly name: string;
  readonly weight: number;
  readonly args: Readonly<Record<string, ArgSpec>>;
}

export function make_space(specs: Iterable<Spec>, bounds: Bounds, length: number): Space {
  const commands: SpaceCommand[] = [];
  for (const { name, weight, args } of specs) {
    const space_args = Object.entries(args).map(([key, spec]): SpaceArg => {
      const values = spec.values(bounds);
      const digits = values.map((_, digit) => digit);
      return { key, kind: spec.kind, values, digits, digit_of: new Map(values.map((value, digit) => [value, digit])) };
    });
    commands.push({ name, weight, args: space_args, made: [] });
  }
  return { bounds, commands, length };
}

export function args_of(space: Space, command: Command): readonly SpaceArg[] {
  return space.commands.find(({ name }) => name === command.name)?.args ?? [];
}
