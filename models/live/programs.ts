/** Random programs for a real kernel: the engine's generator, limited to what such a machine can do. */
import { ProgramArbitrary } from '../../harness/generate/arbitrary';
import { random_of_case } from '../../harness/generate/seed';
import { type ArgSpec, type Command, oneOf, type Program, whole } from '../../harness/program/command';
import { make_space, type Space } from '../../harness/program/space';
import { bounds_of, COMMANDS } from '../catalogue/catalogue';
import { guide_by_reference, in_mode } from '../generate/guide';
import type { Contract } from '../spec/contract';
import { GIANT_WORLD, LIVE_WORLD, TWO_GIGAS, type World } from '../world/world';

/** The length of the longest program. */
const PROGRAM_LENGTH = 40;
const LONG_PROGRAM_LENGTH = 60;

/**
 * Every other program is long and mostly about splits and passes: wrong counters show only after passes have taken half
 * of both MMUs' lists several times, and nothing else has failed before.
 */
const ABOUT_PASSES: Readonly<Record<string, number>> = {
  guest_exec: 60,
  recover: 40,
  guest_read: 10,
  recovery_ratio: 4,
  invalidate: 4,
  wait: 3,
};

/** Every fourth is about slots that come and go, with the quirk off that would take all other mappings along. */
const ABOUT_SLOTS: Readonly<Record<string, number>> = {
  guest_exec: 40,
  guest_read: 20,
  guest_write: 10,
  dirty_log: 15,
  delete_slot: 8,
  create_slot: 12,
  move_slot: 10,
  recreate_slot: 8,
  recover: 15,
  invalidate_4k: 4,
  invalidate: 4,
};
const QUIRK_OFF = in_mode(0, 'plain');

/** Every eighth is about pages whose dirty bits are cleared, one in four of them where logs do not begin all dirty. */
const ABOUT_DIRTY_PAGES: Readonly<Record<string, number>> = {
  guest_exec: 20,
  guest_read: 20,
  guest_write: 30,
  dirty_log: 20,
  clear_dirty_log: 40,
  invalidate: 4,
  invalidate_4k: 3,
  recover: 10,
  recreate_slot: 2,
  move_slot: 2,
  clear_gpte_dirty: 2,
};

/** Every sixteenth is about roots that vCPUs let go of. */
const ABOUT_ROOTS: Readonly<Record<string, number>> = {
  guest_exec: 30,
  guest_read: 15,
  guest_write: 5,
  drop_roots: 25,
  recover: 10,
  dirty_log: 4,
  invalidate: 4,
  recreate_slot: 2,
  nx_huge_pages: 2,
};

/** One in 32 is about processes that end with their VM open. */
const ABOUT_PROCESSES: Readonly<Record<string, number>> = {
  guest_exec: 40,
  guest_read: 20,
  guest_write: 5,
  exit_process: 45,
  recover: 12,
  dirty_log: 5,
  invalidate: 4,
  clear_gpte_dirty: 3,
  drop_roots: 3,
  recovery_ratio: 3,
  wait: 3,
  delete_slot: 2,
  create_slot: 3,
  nx_huge_pages: 2,
  destroy_vm: 1,
};

/** And one in 32 about pages that are mapped before the guest accesses them. */
const ABOUT_PREFAULTS: Readonly<Record<string, number>> = {
  guest_exec: 20,
  guest_read: 15,
  guest_write: 6,
  prefault: 80,
  dirty_log: 6,
  clear_dirty_log: 2,
  invalidate: 7,
  invalidate_4k: 5,
  recover: 8,
  create_slot: 4,
  delete_slot: 2,
  move_slot: 2,
  recreate_slot: 2,
  nx_huge_pages: 2,
  drop_roots: 1,
};

/** What is about entries of L1's tables that point elsewhere: a search of its own, since it takes memory in two 1G pages. */
const ABOUT_ENTRIES: Readonly<Record<string, number>> = {
  guest_exec: 30,
  guest_read: 20,
  guest_write: 12,
  remap_entry: 25,
  recover: 10,
  invalidate: 6,
  dirty_log: 8,
  clear_gpte_dirty: 3,
  nx_huge_pages: 2,
  drop_roots: 1,
};

/** One in four of these is where logs begin with all pages dirty, one in four where the quirk is off. Kernels that prefault have both. */
const mode_of = (index: number): readonly Command[] =>
  index % 128 === 57 ? [in_mode(1, 'initially_set')] : index % 128 === 121 ? [QUIRK_OFF] : [];

/** Commands that the agent does not run: userspace cannot ask for them, or stop the kernel in the middle. All others are drawn. */
const IMPOSSIBLE = ['reclaim', 'signal', 'nr_mmu_pages', 'resume', 'kill_worker', 'other_vm', 'attributes'];
/** Commands about a nested guest's tables. An entry can point elsewhere only where there is memory in two 1G pages. */
const OF_NESTED = ['clear_gpte_dirty', 'remap_entry'];

/** Arguments that our agent knows nothing of, or this kernel's KVM. */
const unknown_of = ({ slot_zap_is_a_quirk, logs_may_begin_all_dirty }: Contract): readonly string[] => [
  ...['pause', 'exempt', 'never'],
  ...(slot_zap_is_a_quirk ? [] : ['slot_zap_all']),
  ...(logs_may_begin_all_dirty ? [] : ['dirty_log']),
];

/**
 * Programs wait for passes by the clock. So a period must not be an hour, nor so short that commands take as long. At
 * ratio 0 there are no passes.
 */
const LESS: Readonly<Record<string, Readonly<Record<string, ArgSpec>>>> = {
  recover: { ratio: whole('ratio', 0, 0xffff_ffff, [1, 2, 3, 4, 60, 4_000_000]) },
  recovery_ratio: { ratio: whole('recovery_ratio', 0, 0xffff_ffff, [60, 4_000_000, 0]) },
  clear_gpte_dirty: { mmu: oneOf('shadow') },
  // The agent is never in SMM; and in a nested guest the vCPU has run, which decides whether its root is obsolete.
  prefault: { mmu: oneOf('tdp') },
  recovery_period: { ms: whole('ms', 0, 0xffff_ffff, [0, 1000, 60_000]) },
};

/** The first 4K pages, both ends of the block that the shadow MMU prefetches, and the last page. */
const OFFSETS = whole('offset', 0, 'fan_out', [0, 1, 2, 3, 7, 8, 511]);

/** The same command with the default of each argument that was not drawn: what its text means. */
function complete({ name, args }: Command): Command {
  const all = Object.entries(COMMANDS.get(name)?.args ?? {}).map(([key, { fallback }]) => [key, args[key] ?? fallback]);
  return { name, args: Object.fromEntries(all.filter(([, value]) => value !== undefined)) };
}

export interface Programs {
  readonly space: Space;
  readonly world: World;
  /** Case `index` of the search of this seed. */
  draw(seed: string, index: number): Program;
}

/** Some of the many regions in a 1G page. */
const GIANT_PAGES = whole('page', 0, 'pages', [0, 1, 2, 511]);

/** What a machine can do. */
export interface Abilities {
  readonly tdp_mmu: boolean;
  readonly nested: boolean;
  /** A 1G page can back a slot. */
  readonly giant: boolean;
}

/** Programs for a kernel under this contract, on such a machine. */
export function live_programs(contract: Contract, { tdp_mmu, nested, giant }: Abilities): Programs {
  const world: World = { ...(giant ? GIANT_WORLD : LIVE_WORLD), tdp_mmu };
  const everywhere: Record<string, ArgSpec> = { offset: OFFSETS };
  const backing = giant ? oneOf('1g') : oneOf('4k', '2m');
  if (giant) everywhere['page'] = GIANT_PAGES;
  // The agent never enters SMM.
  everywhere['mmu'] = nested ? oneOf('tdp', 'shadow') : oneOf('tdp');
  const unknown = unknown_of(contract);
  const specs = [...COMMANDS.values()]
    .filter(({ name }) => !IMPOSSIBLE.includes(name) && name !== 'remap_entry' && (nested || !OF_NESTED.includes(name)))
    .map((spec) => {
      const less: Readonly<Record<string, ArgSpec>> = { ...everywhere, backing, ...LESS[spec.name] };
      const can = Object.entries(spec.args).filter(([key]) => !unknown.includes(key));
      const args = can.map(([key, arg]) => [key, less[key] ?? arg] as const);
      return { ...spec, args: Object.fromEntries(args) };
    });
  const about = (weights: Readonly<Record<string, number>>) =>
    specs.filter(({ name }) => name in weights).map((spec) => ({ ...spec, weight: weights[spec.name] ?? spec.weight }));
  const bounds = bounds_of(world);
  const space = make_space(specs, bounds, PROGRAM_LENGTH);
  const guide = (focused: boolean) => guide_by_reference(contract, world, focused, false);
  const all = new ProgramArbitrary(space, guide);
  const passes = new ProgramArbitrary(make_space(about(ABOUT_PASSES), bounds, LONG_PROGRAM_LENGTH), guide);
  const slots = new ProgramArbitrary(make_space(about(ABOUT_SLOTS), bounds, PROGRAM_LENGTH), guide);
  const dirty_pages = new ProgramArbitrary(make_space(about(ABOUT_DIRTY_PAGES), bounds, PROGRAM_LENGTH), guide);
  const roots = new ProgramArbitrary(make_space(about(ABOUT_ROOTS), bounds, PROGRAM_LENGTH), guide);
  const processes = new ProgramArbitrary(make_space(about(ABOUT_PROCESSES), bounds, PROGRAM_LENGTH), guide);
  const prefaults = new ProgramArbitrary(make_space(about(ABOUT_PREFAULTS), bounds, PROGRAM_LENGTH), guide);
  const draw = (seed: string, index: number): Program => {
    const random = random_of_case(seed, index);
    if (index % 2 === 0) return passes.draw(random);
    if (index % 4 === 3 && contract.slot_zap_is_a_quirk) return [QUIRK_OFF, ...slots.draw(random)];
    if (index % 16 === 1) return roots.draw(random);
    if (index % 32 === 9) return processes.draw(random);
    if (index % 32 === 25 && contract.has_pre_fault_memory) return [...mode_of(index), ...prefaults.draw(random)];
    if (index % 8 !== 5 || !contract.logs_may_begin_all_dirty) return all.draw(random);
    return [in_mode(1, index % 32 === 5 ? 'manual' : 'initially_set'), ...dirty_pages.draw(random)];
  };
  return { space, world, draw: (seed, index) => draw(seed, index).map(complete) };
}

/** The 1G pages of both slots, and one outside. */
const TARGETS = whole('to', 0, 'pages', [0, 512, 1024]);
/** Where there is memory: the first regions of both slots. */
const PAGES_OF_TWO = whole('page', 0, 'pages', [0, 1, 2, 512, 513, 514]);

/**
 * The same about nothing but entries of L1's tables, in the world of two 1G pages. One entry in three that changes comes to point
 * outside all slots, where nothing else is accessed, and one in two to a page directory.
 */
export function programs_about_entries(contract: Contract, { tdp_mmu }: Pick<Abilities, 'tdp_mmu'>): Programs {
  const world: World = { ...TWO_GIGAS, tdp_mmu };
  const less: Record<string, ArgSpec> = { page: PAGES_OF_TWO, to: TARGETS, offset: OFFSETS, ...LESS['recover'] };
  const specs = [...COMMANDS.values()]
    .filter(({ name }) => name in ABOUT_ENTRIES)
    .map((spec) => {
      const own: Record<string, ArgSpec> = { ...less, mmu: ENTRIES_OF[spec.name] ?? oneOf('shadow') };
      const args = Object.entries(spec.args).filter(([key]) => key !== 'pause');
      return {
        ...spec,
        weight: ABOUT_ENTRIES[spec.name] ?? spec.weight,
        args: Object.fromEntries(args.map(([key, arg]) => [key, own[key] ?? arg])),
      };
    });
  const space = make_space(specs, bounds_of(world), PROGRAM_LENGTH);
  const all = new ProgramArbitrary(space, (focused) => guide_by_reference(contract, world, focused, false));
  return { space, world, draw: (seed, index) => all.draw(random_of_case(seed, index)).map(complete) };
}

/** L1 itself accesses memory now and then. */
const ENTRIES_OF: Readonly<Record<string, ArgSpec>> = { guest_read: oneOf('tdp', 'shadow') };
