/** Everything that is found by its file's name: commands and variants. */
import { join } from 'node:path';
import { in_order, load_folder } from '../../harness/files/folder';
import type { Bounds } from '../../harness/program/command';
import type { World } from '../world/world';
import type { KvmCommand } from './command';
import { FIRST_NAMES } from './former_names';
import { resolve_variants, type Variant, type VariantFile } from './variant';

export type NamedCommand = KvmCommand & { readonly name: string; readonly first_name: string | undefined };

/** Field by field: V8 gives what a spread makes a shape for each command, and commands are looked at all the time. */
function named(
  name: string,
  { doc, args, thread, commits, weight, reference, asks, kernel }: KvmCommand,
): NamedCommand {
  const first_name = FIRST_NAMES.get(name);
  return { name, first_name, doc, args, thread, commits, weight, reference, asks, kernel };
}

/**
 * The commands in their order, which decides which of two programs is the smaller: minimal programs stay what they are only
 * while nobody changes it. A new command goes to the end; a renamed one keeps its place. Order, number and weights decide what
 * a seed draws, so a new command changes every draw.
 */
export const COMMAND_ORDER = [
  'clear_gpte_dirty',
  'create_slot',
  'delete_slot',
  'destroy_vm',
  'dirty_log',
  'guest_exec',
  'guest_read',
  'guest_write',
  'invalidate',
  'invalidate_4k',
  'kill_worker',
  'move_slot',
  'nr_mmu_pages',
  'nx_huge_pages',
  'other_vm',
  'reclaim',
  'recover',
  'recovery_period',
  'recovery_ratio',
  'recreate_slot',
  'resume',
  'signal',
  'wait',
  'clear_dirty_log',
  'drop_roots',
  'remap_entry',
  'attributes',
  'exit_process',
  'prefault',
] as const;

export const COMMANDS: ReadonlyMap<string, NamedCommand> = in_order(
  COMMAND_ORDER,
  load_folder(join(__dirname, '..', 'commands'), named),
  'COMMAND_ORDER in models/catalogue/catalogue.ts',
);

// The order of variants, properties and goals decides nothing but the order in which they are told.
const FILES = load_folder(join(__dirname, '..', 'variants'), (_, file: VariantFile) => file);
const ORDER = ['baseline', 'shipped', 'defect'];

/** Baselines first, then kernels as shipped, then defects. */
export const VARIANTS: ReadonlyMap<string, Variant> = new Map(
  [...resolve_variants(FILES).values()]
    .sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind))
    .map((variant) => [variant.name, variant]),
);

/** The sizes that bound the arguments of commands in this world. */
export function bounds_of(world: World): Bounds {
  return { pages: world.regions, fan_out: world.fan_out, slots: world.slots.length, vcpus: world.vcpus };
}
