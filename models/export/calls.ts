/** Each command of a program as statements of the test. */
import type { ArgValue } from '../../harness/program/command';
import { type Slot, slot_at } from '../spec/reference';
import { period_when_on, SHORTEST_PERIOD } from './clock';
import type { ExpectedStep } from './expected';
import type { Need } from './parts/part';

/** The statements of a command, and what of the test they need. */
export interface Calls {
  readonly lines: readonly string[];
  readonly needs: readonly Need[];
}

/** What all commands of a program share. */
export interface Around {
  /** The program has a nested guest. */
  readonly nested: boolean;
  /** The worker's own clock counts, and not only direct passes. */
  readonly clock: boolean;
  /** Periods of the test by those of the program, in milliseconds. */
  readonly periods: ReadonlyMap<number, number>;
  /** Some VM of the program has other flags than usual. */
  readonly vm_modes: boolean;
  /** By slot of the world, its place in the test's array. */
  readonly slots: ReadonlyMap<number, number>;
}

/** Nothing is done. */
export const NO_CALLS: Calls = { lines: [], needs: [] };
const calls = (lines: readonly string[], ...needs: Need[]): Calls => ({ lines, needs });

const gpa = (page: ArgValue | undefined, offset: ArgValue | undefined): string => `GPA(${page ?? 0}, ${offset ?? 0})`;

/** What the test does for this command. No statements: nothing is there that the command could change. */
export function calls_of(one: ExpectedStep, around: Around): Calls {
  const { command, before, following, by_the_clock } = one;
  const { name, args } = command;
  const vcpu = `vcpus[${args['vcpu'] ?? 0}]`;
  const nth = Number(args['slot'] ?? 0);
  const slot = before.slots[nth] as Slot;
  const named = `&slots[${around.slots.get(nth)}]`;
  const there = slot_at(before, Number(args['page'] ?? 0));
  const [at, region] = there ? place(before.slots, there, Number(args['page']), around) : ['', 0];
  const with_pass = (all: Calls): Calls =>
    by_the_clock && around.clock ? calls([...all.lines, 'let_pass_happen();'], ...all.needs, 'let_pass_happen') : all;
  switch (name) {
    case 'guest_read':
    case 'guest_write':
    case 'guest_exec': {
      const kind = name.slice('guest_'.length) as 'read' | 'write' | 'exec';
      const l2 = args['mmu'] === 'shadow';
      const call = around.nested ? `${l2 ? 'l2' : 'l1'}_access` : 'guest_access';
      const line = `${call}(${vcpu}, GUEST_${kind.toUpperCase()}, ${gpa(args['page'], args['offset'])});`;
      return calls([line], kind, l2 ? 'l2_access' : 'l1_access', ...(there ? [] : ['mmio' as const]));
    }
    case 'clear_gpte_dirty':
      // An entry that is clean already is not written.
      if (!there || before.gpte_clean.shadow[Math.floor(Number(args['page']) / before.world.fan_out)]) return NO_CALLS;
      return calls([`l1_clear_dirty(${vcpu}, ${gpa(args['page'], 0)});`], 'nested', 'clear_gpte_dirty');
    case 'recover':
      return calls([`recover(${args['ratio']});`], 'recover');
    case 'recovery_ratio':
    case 'recovery_period': {
      const ms = period_when_on(following);
      return with_pass(calls([`set_recovery(${following.ratio}, ${scaled(ms, around)});`], 'set_recovery'));
    }
    case 'wait':
      if (before.ratio === 0 || !before.nx) return NO_CALLS;
      if (args['until'] === 'due') return calls(['wait_for_pass();'], 'before_pass', 'wait_for_pass');
      return calls(['sleep_until_just_before_pass();'], 'before_pass');
    case 'nx_huge_pages':
      return with_pass(calls([`write_param(NX_HUGE_PAGES, "${args['on'] ? 'force' : 'off'}");`], 'nx'));
    case 'dirty_log':
      if (slot.region === null) return NO_CALLS;
      return calls([`set_dirty_logging(${named}, ${args['on'] ? 'true' : 'false'});`], 'set_slot', 'dirty_log');
    case 'clear_dirty_log': {
      if (!there?.dirty_log) return NO_CALLS;
      const { size, offset } = args;
      const [first, n] =
        size === 'slot'
          ? ['0', `${there.broken.length} * 512`]
          : size === '2m'
            ? [`${region} * 512`, '512']
            : [`${region} * 512 + ${offset}`, '1'];
      return calls([`clear_dirty_log(${at}, ${first}, ${n});`], 'clear_dirty_log');
    }
    case 'invalidate':
      return there ? calls([`invalidate_region(${at}, ${region});`], 'invalidate') : NO_CALLS;
    case 'invalidate_4k':
      return there ? calls([`invalidate_page(${at}, ${region}, ${args['offset']});`], 'invalidate_4k') : NO_CALLS;
    case 'create_slot': {
      if (slot.region !== null) return NO_CALLS;
      const thp = args['backing'] === '2m' ? 'true' : 'false';
      return calls([`create_slot(${named}, ${gpa(before.world.slots[nth]?.home, 0)}, ${thp});`], 'set_slot', 'create');
    }
    case 'delete_slot':
      return slot.region === null ? NO_CALLS : calls([`delete_slot(${named});`], 'set_slot', 'delete');
    case 'recreate_slot': {
      const home = gpa(before.world.slots[nth]?.home, 0);
      // What is not there is only created, with the memory that it had.
      if (slot.region === null) return calls([`move_slot(${named}, ${home});`], 'set_slot', 'move');
      return calls([`recreate_slot(${named}, ${home});`], 'set_slot', 'recreate');
    }
    case 'move_slot': {
      const to = before.world.slots[nth]?.[args['to'] === 'away' ? 'away' : 'home'];
      if (slot.region === null || slot.region === to) return NO_CALLS;
      return calls([`move_slot(${named}, ${gpa(to, 0)});`], 'set_slot', 'move');
    }
    case 'destroy_vm': {
      const flags = around.vm_modes ? vm_flags(args) : '';
      return calls(['kvm_vm_free(vm);', `create_vm(${flags});`], ...(around.vm_modes ? ['vm_modes' as const] : []));
    }
    default:
      throw new Error(`no statements for ${name}`);
  }
}

/** The flags of a VM: which quirk is off, and how dirty logs work. */
export function vm_flags(args: Readonly<Record<string, ArgValue>>): string {
  const quirks = Number(args['slot_zap_all'] ?? 1) === 0 ? 'KVM_X86_QUIRK_SLOT_ZAP_ALL' : '0';
  const manual = 'KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE';
  const modes: Readonly<Record<string, string>> = {
    manual,
    initially_set: `${manual} | KVM_DIRTY_LOG_INITIALLY_SET`,
  };
  return `${quirks}, ${modes[String(args['dirty_log'])] ?? '0'}`;
}

/** A slot of the test, and the region in it that this page is. */
function place(all: readonly Slot[], slot: Slot, page: number, { slots }: Around): [string, number] {
  return [`&slots[${slots.get(all.indexOf(slot))}]`, page - (slot.region ?? 0)];
}

/** At ratio 0 the period does not matter. */
const scaled = (ms: number | null, { periods }: Around): number =>
  (ms === null ? null : periods.get(ms)) ?? SHORTEST_PERIOD;
