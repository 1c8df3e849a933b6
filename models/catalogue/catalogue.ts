/** Everything that is found by its file's name: commands and variants. */
import { join } from 'node:path';
import { load_folder } from '../../harness/files/folder';
import type { Bounds } from '../../harness/program/command';
import type { World } from '../world/world';
import type { KvmCommand } from './command';
import { resolve_variant, type Variant, type VariantFile } from './variant';

export type NamedCommand = KvmCommand & { readonly name: string };

export const COMMANDS: ReadonlyMap<string, NamedCommand> = load_folder(
  join(__dirname, '..', 'commands'),
  (name, command: KvmCommand) => ({ ...command, name }),
);

const FILES = load_folder(join(__dirname, '..', 'variants'), (_, file: VariantFile) => file);
const ORDER = ['era', 'shipped', 'defect'];

/** Eras first, then kernels as shipped, then defects. */
export const VARIANTS: ReadonlyMap<string, Variant> = new Map(
  [...FILES.keys()]
    .map((name) => resolve_variant(name, FILES))
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .map((variant) => [variant.name, variant]),
);

/** The sizes that bound the arguments of commands in this world. */
export function bounds_of(world: World): Bounds {
  return { pages: world.pages, fan_out: world.fan_out, slots: world.slots.length, vcpus: world.vcpus };
}
