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
}

export interface SpaceArg {
  readonly key: string;
  readonly kind: string;
  /** Simplest first. */
  readonly values: readonly ArgValue[];
}

interface Spec {
  readonly name: string;
  readonly weight: number;
  readonly args: Readonly<Record<string, ArgSpec>>;
}

export function make_space(specs: Iterable<Spec>, bounds: Bounds, length: number): Space {
  const commands: SpaceCommand[] = [];
  for (const { name, weight, args } of specs) {
    const space_args = Object.entries(args).map(([key, { kind, values }]) => ({ key, kind, values: values(bounds) }));
    commands.push({ name, weight, args: space_args });
  }
  return { bounds, commands, length };
}

export function args_of(space: Space, command: Command): readonly SpaceArg[] {
  return space.commands.find(({ name }) => name === command.name)?.args ?? [];
}
