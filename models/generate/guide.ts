import type { ArgValue, Command, Guide } from '../../harness/program/command';
import { definition, step_reference } from '../lockstep/session';
import type { Contract } from '../spec/contract';
import { wanted_tree } from '../spec/nested';
import { recover_fifo, split_counts } from '../spec/recovery';
import { new_reference, type Reference, type Slot, slot_at, type Table } from '../spec/reference';
import { view_of } from '../spec/views';
import { target_of } from '../world/entries';
import { numbers } from '../world/geometry';
import { address_space, type DirtyLogMode, is_nested, type Mmu, mmu_of_tree, type World } from '../world/world';
import { plan_at, type Step } from './interleaving_templates';
import { change_attributes } from './plan_of_attributes';
import { plans_of_entries } from './plan_of_entries';
import { map_in_advance } from './plan_of_prefaults';

/** The place at which commands aim: a region that has a table, or had one until recently. */
interface Target {
  readonly mmu: Mmu;
  readonly region: number;
}

/** One command in STAY chooses a new target: most defects need several commands on one place. */
const STAY = 4;
const STAY_FOCUSED = 12;
/** While there are two VMs, one command in FOR_ALL_VMS concerns both. */
const FOR_ALL_VMS = 4;
/**
 * If the target is a nested guest's, one command in OF_NESTED_TABLES is about its hypervisor's tables; one in
 * OF_ALL_ENTRIES of these is about all their entries.
 */
const OF_NESTED_TABLES = 16;
const OF_ALL_ENTRIES = 4;
/**
 * So many of BEGINNINGS programs begin with a VM in another mode, which all of the program is about: its logs begin with all
 * pages dirty, or the quirk is off by which a slot takes all mappings along.
 */
export const in_mode = (slot_zap_all: 0 | 1, dirty_log: DirtyLogMode): Step => {
  return { name: 'destroy_vm', args: { exempt: 0, never: 0, slot_zap_all, dirty_log } };
};
const ALL_DIRTY = in_mode(1, 'initially_set');
const OTHER_MODES: readonly Step[] = [ALL_DIRTY, ALL_DIRTY, in_mode(0, 'plain')];
const BEGINNINGS = 14;
/**
 * One command in RARE begins a plan in which a slot comes where the guest has been when no slot was there; and so many, one in which the
 * attributes of a page change. What happens while they change needs several tries.
 */
const RARE = 512;
const ATTRIBUTES_THAT_CHANGE = { paused: 16, at_once: 4 };
/** So many of the next ones begin a plan in which userspace has a page mapped before the guest accesses it. */
const PAGES_MAPPED_IN_ADVANCE = { paused: 16, at_once: 6 };
/** And so many, one in which all vCPUs let go of their roots. */
const ROOTS_THAT_GO = { paused: 0, at_once: 1 };
/** Number of places to remember: a place whose table was just removed is worth another command. */
const RECENT = 4;

/**
 * A guide that aims the next command at what the program has done so far, as the reference sees it: tables, tables
 * removed recently, slots under dirty logging. `with_pauses`: commands may pause, and plans say which. All variants use
 * one contract, so a case is the same program for each.
 */
export function guide_by_reference(contract: Contract, world: World, focused: boolean, with_pauses: boolean): Guide {
  const ref = new_reference(contract, world);
  const recent: Target[] = [];
  let target: Target | undefined;
  let gone = false;
  let known: readonly Table[] = [];
  let ever = 0;
  let plan: Step[] = [];
  let step: Step | undefined;
  let begun = false;
  const plan_after_remap = plans_of_entries(ref);
  return {
    command(take) {
      const first = begun ? undefined : OTHER_MODES[take(BEGINNINGS)];
      if (first) plan = [first];
      begun = true;
      if (with_pauses && plan.length === 0 && take(PLANS_APART) === 0) plan = new_plan(ref, take);
      step = plan.shift();
      if (step) return step.name;
      if (!target || take(focused ? STAY_FOCUSED : STAY) === 0) target = choose(ref, recent, take);
      if (ref.other !== null && take(FOR_ALL_VMS) === 0) return NEXT.two_vms[take(NEXT.two_vms.length)];
      if (target && is_nested(target.mmu) && take(OF_NESTED_TABLES) === 0) {
        const all = take(OF_ALL_ENTRIES) === 0;
        plan = all ? clear_all(ref, target.mmu) : (use_huge_leaf(ref, target) ?? use_both_trees(target));
        step = plan.shift();
        return step?.name;
      }
      const rare = plan.length === 0 && target ? take(RARE) : RARE;
      if (target) plan = rare_plan(ref, target, rare, with_pauses) ?? plan;
      const suggestions = target ? NEXT[phase(ref, target, gone)] : NEXT.absent;
      return suggestions[take(suggestions.length)];
    },
    value(command, key) {
      if (step?.name === command && key in step.args) return step.args[key];
      return target ? AIMS[key]?.(ref, target, command) : undefined;
    },
    after(command: Command) {
      // Another command came in between: the plan goes on. What it leads to seldom happens otherwise.
      if (step && command.name !== step.name) plan.unshift(step);
      const spec = definition(command);
      step_reference(ref, spec, command.args);
      // Write flooding is not predicted: a seed must draw the same programs as before.
      ref.written.shadow = -1;
      ref.written.shadow2 = -1;
      if (command.name === 'remap_entry') {
        target = entry_of(command.args, world);
        plan = plan_after_remap(target, command.args);
      }
      if (command.name === 'recover') recover_fifo(ref, Number(command.args['ratio']));
      gone = false;
      if (ref.tables_ever === ever && ref.tables.length === known.length) return;
      for (const table of known) {
        if (ref.tables.includes(table)) continue;
        recent.push(spot_of(table));
        if (mmu_of_tree(table.mmu) === target?.mmu && table.region === target.region) gone = true;
      }
      for (const table of ref.tables) if (!known.includes(table)) recent.push(spot_of(table));
      known = [...ref.tables];
      ever = ref.tables_ever;
      if (recent.length > RECENT) recent.splice(0, recent.length - RECENT);
    },
  };
}

type Take = (n: number) => number;

const NOWHERE: readonly Table[] = [];

const spot_of = ({ mmu, region }: Table): Target => ({ mmu: mmu_of_tree(mmu), region });

function choose(ref: Reference, recent: readonly Target[], take: Take): Target | undefined {
  const which = take(3);
  if (which === 0) return recent[take(Math.max(1, recent.length))] ?? somewhere(ref, take);
  const tables = which === 1 ? ref.tables : NOWHERE;
  const table = tables[take(Math.max(1, tables.length))];
  return table ? spot_of(table) : somewhere(ref, take);
}

/** The mean number of commands between two plans. */
const PLANS_APART = 4;

function new_plan(ref: Reference, take: Take): Step[] {
  const spot = somewhere(ref, take);
  if (!spot) return [];
  const { mmu, region } = spot;
  const slot = ref.slots.indexOf(slot_at(ref, region, address_space(mmu)) as Slot);
  return slot >= 0 ? plan_at({ mmu, region, slot, take }) : [];
}

/** The hypervisor of the nested guest goes through all entries, one after the other. */
const clear_all = (ref: Reference, mmu: Mmu): Step[] =>
  ref.slots
    .filter(({ as, region }) => as === 0 && region !== null)
    .flatMap(({ region, broken }) => [region ?? 0, (region ?? 0) + broken.length - 1])
    .map((page) => ({ name: 'clear_gpte_dirty', args: { mmu, page } }));

/** The plan that begins by this number below RARE; null if none does. */
function rare_plan(ref: Reference, target: Target, rare: number, with_pauses: boolean): Step[] | null {
  if (rare === 0) return take_slot_away(ref, target);
  const when = with_pauses ? 'paused' : 'at_once';
  if (rare <= ATTRIBUTES_THAT_CHANGE[when]) return change_attributes(ref, target, with_pauses);
  const below = rare - ATTRIBUTES_THAT_CHANGE[when];
  if (below <= PAGES_MAPPED_IN_ADVANCE[when]) return map_in_advance(ref, target, with_pauses);
  return below <= PAGES_MAPPED_IN_ADVANCE[when] + ROOTS_THAT_GO[when] ? let_go_of_roots(ref, target) : null;
}

/** The guest executes, and every vCPU lets go of its roots. */
const let_go_of_roots = ({ world }: Reference, { mmu, region: page }: Target): Step[] => [
  { name: 'guest_exec', args: { mmu: is_nested(mmu) ? 'tdp' : mmu, page } },
  ...numbers(world.vcpus).map((vcpu) => ({ name: 'drop_roots', args: { vcpu } })),
];

/** The guest executes where there is no slot for a while, and reads when the slot is back. */
function take_slot_away(ref: Reference, { mmu, region: page }: Target): Step[] {
  const here = slot_at(ref, page, address_space(mmu));
  if (!here) return [];
  const slot = ref.slots.indexOf(here);
  return [
    { name: 'delete_slot', args: { slot } },
    { name: 'guest_exec', args: { mmu, page } },
    { name: 'create_slot', args: { slot, backing: '2m' } },
    { name: 'guest_read', args: { mmu, page } },
  ];
}

/**
 * While the entry is clean, the guest executes and then writes. Each access builds in another tree, and the other tree
 * is unlinked.
 */
const use_both_trees = ({ mmu, region: page }: Target): Step[] =>
  ['clear_gpte_dirty', 'guest_exec', 'guest_write'].map((name) => ({ name, args: { mmu, page } }));

/**
 * Where a 1G page backs the slot: the entry of a huge leaf becomes clean; or the guest reads through the clean entry, and the leaf is
 * split for dirty logging.
 */
function use_huge_leaf(ref: Reference, { mmu, region: page }: Target): Step[] | null {
  const slot = slot_at(ref, page, 0);
  if (slot?.backing !== '1g' || slot.dirty_log) return null;
  const read = { name: 'guest_read', args: { mmu, page } };
  const clear = { name: 'clear_gpte_dirty', args: { mmu, page } };
  if (ref.tables_ever % 2 === 0) return [read, clear];
  return [clear, read, { name: 'dirty_log', args: { slot: ref.slots.indexOf(slot), on: 1 } }];
}

const entry_of = ({ mmu, page }: Command['args'], { fan_out }: World): Target => {
  return { mmu: mmu as Mmu, region: Number(page) - (Number(page) % fan_out) };
};

/** A place inside a slot. */
function somewhere(ref: Reference, take: Take): Target | undefined {
  let regions = 0;
  for (const slot of ref.slots) if (slot.region !== null) regions += slot.broken.length;
  if (regions === 0) return undefined;
  let nth = take(regions);
  const usual: Mmu = take(2) === 0 ? 'tdp' : take(4) === 0 ? 'shadow2' : 'shadow';
  for (const { as, region, broken } of ref.slots) {
    if (region === null) continue;
    const mmu: Mmu = as === 1 ? 'smm' : usual;
    if (nth < broken.length) return { mmu, region: region + nth };
    nth -= broken.length;
  }
  return undefined;
}

/**
 * The life of a table: it is built, emptied, removed, and accessed again. For each phase, the commands that lead on.
 * `logged`: the slot is under dirty logging. `broken`: the host has 4K pages where there was a huge page.
 */
const NEXT = {
  no_worker: ['guest_exec', 'guest_exec', 'guest_read', 'dirty_log', 'dirty_log', 'signal', 'nx_huge_pages'],
  exempt: ['guest_exec', 'destroy_vm'],
  killed: ['destroy_vm', 'guest_exec', 'recover', 'wait', 'nx_huge_pages', 'recovery_ratio'],
  never: ['guest_exec', 'guest_read', 'nx_huge_pages', 'recovery_period', 'destroy_vm'],
  two_vms: [
    'other_vm',
    'nx_huge_pages',
    'recovery_period',
    'wait',
    'recovery_ratio',
    'other_vm',
    'nx_huge_pages',
    'wait',
  ],
  no_mitigation: ['nx_huge_pages'],
  no_slot: ['create_slot'],
  // The quirk is off by which a slot takes all mappings of the VM along: its splits may outlive it.
  no_slot_alone: ['recover', 'recover', 'dirty_log', 'recover', 'create_slot', 'dirty_log'],
  // Logs begin with all pages dirty: what is mapped huge stays so until its bits are cleared.
  dirty: ['guest_read', 'guest_write', 'dirty_log', 'dirty_log', 'guest_exec', 'create_slot'],
  dirty_logged: [
    'clear_dirty_log',
    'clear_dirty_log',
    'clear_dirty_log',
    'guest_write',
    'dirty_log',
    'guest_exec',
    'recover',
  ],
  full_alone: ['delete_slot', 'move_slot', 'recover', 'delete_slot', 'dirty_log', 'move_slot', 'guest_exec'],
  gone: ['guest_read', 'guest_write', 'guest_exec'],
  absent: ['guest_exec', 'guest_exec', 'guest_read', 'dirty_log', 'dirty_log', 'dirty_log', 'invalidate_4k'],
  absent_broken: ['guest_exec', 'guest_exec', 'guest_read', 'invalidate'],
  absent_logged: ['guest_exec', 'guest_exec', 'guest_exec', 'guest_read', 'clear_dirty_log'],
  full: ['recover', 'recover', 'wait', 'dirty_log', 'invalidate', 'guest_exec', 'nx_huge_pages'],
  full_broken: ['invalidate', 'invalidate', 'invalidate', 'recover', 'dirty_log'],
  full_logged: ['invalidate', 'invalidate', 'dirty_log', 'recover', 'clear_dirty_log'],
  empty: ['recover', 'guest_read', 'dirty_log'],
  empty_broken: ['invalidate', 'invalidate', 'guest_read'],
  empty_logged: ['dirty_log', 'dirty_log', 'dirty_log', 'recover'],
} as const;

function phase(ref: Reference, { mmu, region }: Target, gone: boolean): keyof typeof NEXT {
  if (ref.never) return 'never';
  if (ref.killed) return 'killed';
  if (!ref.worker) return 'no_worker';
  if (ref.exempt) return 'exempt';
  if (!ref.nx) return 'no_mitigation';
  const slot = slot_at(ref, region, address_space(mmu));
  if (ref.dirty_log_mode === 'initially_set') return slot?.dirty_log ? 'dirty_logged' : 'dirty';
  if (!slot && !ref.slot_zap_all) return 'no_slot_alone';
  if (!slot && ref.slots.some((other) => other.region === null)) return 'no_slot';
  const tree = wanted_tree(ref, mmu, Math.floor(region / ref.world.fan_out));
  const small = view_of(ref, tree).table1[region]?.small;
  if (!small && gone) return 'gone';
  const of_table = !small ? 'absent' : small.includes(true) ? 'full' : 'empty';
  if (of_table === 'full' && !ref.slot_zap_all) return 'full_alone';
  if (slot?.dirty_log) return `${of_table}_logged`;
  return slot?.backing === '2m' && slot.broken[region - (slot.region ?? 0)] ? `${of_table}_broken` : of_table;
}

function is_mapped_huge(ref: Reference, { mmu, region }: Target): boolean {
  const { huge1g, huge2m } = view_of(ref, mmu);
  return Boolean(huge2m[region] || huge1g[Math.floor(region / ref.world.fan_out)]);
}

/** An entry that points elsewhere comes back; another points to the next 1G page, or to the third from it, which may have no memory. */
function aim_of_entry({ world, remapped, tables_ever }: Reference, { mmu, region }: Target): number {
  const entry = Math.floor(region / world.fan_out);
  const moved = is_nested(mmu) && target_of(remapped[mmu], entry) !== entry;
  return (moved ? entry : entry + 1 + 2 * (tables_ever % 2)) * world.fan_out;
}

const AIMS: Readonly<Record<string, (ref: Reference, target: Target, command: string) => ArgValue | undefined>> = {
  // A ratio of 2 leaves half of a list, because a wrong counter only shows at the next pass.
  ratio: (ref, _target, command) => (command === 'recover' && Math.max(...split_counts(ref)) > 1 ? 2 : undefined),
  mmu: (_ref, { mmu }) => mmu,
  // An exempt VM shows little, but whether the next one is exempt, too.
  exempt: ({ exempt, tables_ever }) => Number(!exempt && tables_ever % 8 === 7),
  never: () => 0,
  page: (_ref, { region }) => region,
  // What a first clearing does to a huge page shows best if it clears as little as possible.
  to: aim_of_entry,
  size(ref, target, command) {
    if (command === 'remap_entry') return slot_at(ref, aim_of_entry(ref, target), 0) ? undefined : '1g';
    return command === 'clear_dirty_log' && is_mapped_huge(ref, target) ? '4k' : undefined;
  },
  offset: (ref, target, command) => (command === 'clear_dirty_log' && is_mapped_huge(ref, target) ? 0 : undefined),
  slot(ref, { mmu, region }, command) {
    const here = slot_at(ref, region, address_space(mmu));
    const gone = ref.slots.find((slot) => slot.region === null);
    const wanted = command === 'create_slot' ? gone : (here ?? ref.slots.find((slot) => slot.region !== null));
    return wanted ? ref.slots.indexOf(wanted) : undefined;
  },
  on: (ref, { mmu, region }, command) =>
    Number(command === 'nx_huge_pages' ? !ref.nx : !slot_at(ref, region, address_space(mmu))?.dirty_log),
};
