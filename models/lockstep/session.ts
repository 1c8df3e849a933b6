import type { Args, Command } from '../../harness/program/command';
import type { Session } from '../../harness/run/session';
import { words_of_thrown } from '../../harness/user_code/thrown';
import { COMMANDS, type NamedCommand } from '../catalogue/catalogue';
import type { Variant } from '../catalogue/variant';
import { begin_operation, end_grace_period, finish_all, run_operation } from '../kernel/scheduler';
import { check_leaks } from '../kernel/sp';
import { check_tlbs } from '../kernel/tlb';
import type { Place as KernelPlace, Kvm } from '../kernel/types';
import { begin_step, kvm_create_vm } from '../kernel/vm';
import { renew_reference_for_command } from '../spec/generated/begin';
import { period, settle } from '../spec/parameters';
import { reclaim, split_counts, take } from '../spec/recovery';
import { new_reference, type Reference } from '../spec/reference';
import type { Place } from '../spec/tables';
import type { World } from '../world/world';
import { adopt, tell_time } from './adopt';
import { fill_audit, new_audit } from './audit';
import {
  type Divergence,
  forget_divergence,
  forget_tables,
  has_diverged,
  no_divergence,
  note_divergence,
} from './divergence';
import type { JudgedPass, View } from './view';

export type { View } from './view';

/** The kinds of events that a command can cause. */
export type Event =
  | 'pass'
  | 'finding'
  | 'accounting'
  | 'access'
  | 'toggle'
  | 'parameter'
  | 'logging'
  | 'prefault'
  | 'invalidation'
  | 'end';

/** The commands that can cause an event. An event that is not listed can come from any command. */
export const CAUSES: Readonly<Partial<Record<string, readonly string[]>>> = {
  access: ['guest_exec', 'guest_read', 'guest_write', 'other_vm', 'prefault'],
  pass: ['recover', 'wait', 'recovery_ratio', 'recovery_period', 'nx_huge_pages'],
  toggle: ['nx_huge_pages', 'destroy_vm'],
  logging: ['dirty_log', 'clear_dirty_log'],
  prefault: ['prefault'],
  invalidation: ['invalidate', 'invalidate_4k'],
  end: ['destroy_vm', 'other_vm', 'exit_process'],
  parameter: ['nx_huge_pages', 'recovery_ratio', 'recovery_period', 'destroy_vm', 'attributes'],
};

/** The result of the last call: an exhaustive search runs the same command many times in a row. */
let last: NamedCommand | undefined;

/** The definition of a command. Throws an error if there is none; programs are checked when they are read. */
export function definition(command: Command): NamedCommand {
  if (last?.name === command.name) return last;
  last = COMMANDS.get(command.name);
  if (!last) throw new Error(`no command "${command.name}"`);
  return last;
}

/**
 * Runs one command on the implementation. Returns the crash or hang that ended it, or null. Anything that the
 * implementation throws is a finding about it, not a defect of the harness.
 */
export function step_kernel(kvm: Kvm, spec: NamedCommand, command: Command): string | null {
  const { args } = command;
  try {
    begin_step(kvm);
    const vcpu = spec.thread === 'vcpu' ? Number(args['vcpu'] ?? 0) : 0;
    if (spec.thread) begin_operation(kvm, spec.thread, vcpu, command);
    const task = spec.kernel(kvm, args);
    if (task) run_operation(kvm, task, Number(args['pause'] ?? 0));
    end_step(kvm, 'the command ended');
    return null;
  } catch (error) {
    return words_of_thrown(error);
  }
}

/** The program ends: finishes the paused commands. Returns the crash or hang that this caused, or null. */
function finish_kernel(kvm: Kvm): string | null {
  try {
    begin_step(kvm);
    finish_all(kvm);
    end_step(kvm, 'the program ended');
    return null;
  } catch (error) {
    return words_of_thrown(error);
  }
}

function end_step(kvm: Kvm, when: string): void {
  end_grace_period(kvm);
  check_tlbs(kvm, when);
  if (kvm.paused.length === 0) check_leaks(kvm);
  if (kvm.other !== null) end_step(kvm.other, when);
}

function forget_last_step(ref: Reference): void {
  renew_reference_for_command(ref);
  if (ref.other !== null) forget_last_step(ref.other);
}

/** Runs one command on the reference: its effect, and the passes that become due by it. */
export function step_reference(ref: Reference, spec: NamedCommand, args: Args): void {
  forget_last_step(ref);
  spec.reference(ref, args);
  settle(ref);
}

const place = (world: World, { mmu, level, gfn }: KernelPlace): Place => ({ mmu, level, region: gfn / world.fan_out });

/** The kernel does not promise which pages a pass takes. The reference is told which, and judges how many. */
function tell(ref: Reference, kvm: Kvm, divergence: Divergence): JudgedPass[] {
  if (kvm.record.passes.length === 0) return NO_PASSES;
  return kvm.record.passes.map((record) => {
    const splits = agreed_splits(ref, divergence);
    for (const list of record.lists)
      for (const taken of list.taken) if (!taken.freed) take(ref, place(ref.world, taken));
    return { record, splits };
  });
}

function agreed_splits(ref: Reference, divergence: Divergence): number[] {
  return divergence.places.size === 0 ? split_counts(ref) : splits_but(ref, divergence);
}

const splits_but = (ref: Reference, divergence: Divergence): number[] =>
  split_counts(ref, (place) => has_diverged(divergence, place));

/** What goes with a flooded table the reference works out by itself. */
const made_room = ({ record }: Kvm): boolean => record.rooms.length > 0;

const NOTHING_TAKEN: readonly KernelPlace[] = [];
const NO_PASSES: JudgedPass[] = [];
const NO_SPLITS: readonly number[] = [];
const NO_COMMAND: Command = { name: 'start', args: {} };

/** A machine of this variant in this world, and a reference with the variant's contract. */
export function start_session(variant: Variant, world: World): Session<View> {
  const kvm = kvm_create_vm(variant.ops, world);
  const ref = new_reference(variant.contract, world);
  return new KvmSession(new_view(variant, kvm, ref));
}

/** The view of these two sides before the first command. */
export function new_view(variant: Variant, kvm: Kvm, ref: Reference): View {
  return {
    variant,
    kvm,
    ref,
    command: NO_COMMAND,
    audit: new_audit(kvm),
    divergence: no_divergence(),
    splits: NO_SPLITS,
    passes: NO_PASSES,
    quiescent: true,
    predictable: true,
    period_before: null,
    crash: null,
    other: null,
  };
}

/**
 * A class, as an exception: functions created for each session could not be inlined, and commands run by the million.
 */
class KvmSession implements Session<View> {
  readonly happened: Event[] = [];

  constructor(readonly view: View) {}

  beside(): View | null {
    return this.view.other;
  }

  step(command: Command): boolean {
    return step(this.view, this.happened, command);
  }

  finish(): boolean | null {
    return finish(this.view, this.happened);
  }
}

function step(view: View, happened: Event[], command: Command): boolean {
  const spec = definition(command);
  view.command = command;
  view.period_before = view.quiescent ? null : period(view.ref);
  view.crash = step_kernel(view.kvm, spec, command);
  try {
    return look(view, happened, spec, command);
  } catch (error) {
    return unreadable(view, happened, error);
  }
}

/** The implementation has corrupted its own state, so that nothing can be said about the state. */
function unreadable(view: View, happened: Event[], error: unknown): false {
  view.crash ??= `the state of the machine cannot be read after the command: ${words_of_thrown(error)}`;
  while (happened.length > 0) happened.pop();
  return false;
}

function look(view: View, happened: Event[], spec: NamedCommand, command: Command): boolean {
  const { kvm, ref } = view;
  const was_quiescent = view.quiescent;
  view.quiescent = kvm.paused.length === 0;
  view.predictable = was_quiescent && view.quiescent;
  if (view.predictable) {
    // Room is made before the fault maps anything.
    for (const taken of made_room(kvm) ? kvm.record.reclaimed : NOTHING_TAKEN) reclaim(ref, place(ref.world, taken));
    step_reference(ref, spec, command.args);
    if (ref.slot_gone !== null) forget_tables(ref, kvm, ref.slot_gone);
    if (kvm.other !== null || view.other !== null) look_beside(view);
    compare(view);
  } else {
    foresee(view, spec);
    catch_up(view);
  }
  return conclude(view, happened);
}

/**
 * What a command asks for is known even while others are paused: parameters, slots, the worker's life. Its effect on
 * the tables is not: the reference adopts that when all are done.
 */
function foresee({ ref, command }: View, spec: NamedCommand): void {
  forget_last_step(ref);
  spec.asks(ref, command.args);
  forget_access(ref);
}

function forget_access(ref: Reference): void {
  ref.access_level = 0;
  ref.access_faulted = false;
  if (ref.other !== null) forget_access(ref.other);
}

/** Tells the reference what passes took, then compares the two sides. */
function compare(view: View): void {
  const { kvm, ref, divergence } = view;
  view.passes = tell(ref, kvm, divergence);
  note_divergence(divergence, kvm, ref);
  view.splits = agreed_splits(ref, divergence);
  if (view.other !== null) compare(view.other);
}

const IN_THE_OTHER: Command = { name: 'guest_exec', args: { mmu: 'tdp', page: 0, offset: 0, vcpu: 0, pause: 0 } };

/** Updates the view of the other VM from both sides: it may have been created or destroyed. */
function look_beside(view: View): void {
  const { variant, kvm, ref, command } = view;
  if (kvm.other === null || ref.other === null) view.other = null;
  else if (view.other?.kvm !== kvm.other || view.other.ref !== ref.other) {
    view.other = new_view(variant, kvm.other, ref.other);
  }
  if (view.other === null) return;
  // When the host takes memory back, it is memory of the first VM.
  const of_both = definition(command).thread !== 'notifier';
  view.other.command = command.name === 'other_vm' ? IN_THE_OTHER : of_both ? command : NO_COMMAND;
  view.other.crash = view.crash;
  view.other.quiescent = view.quiescent;
  view.other.predictable = view.predictable;
  view.other.period_before = view.period_before;
}

function finish(view: View, happened: Event[]): boolean | null {
  try {
    if (view.kvm.paused.length === 0) return null;
    view.crash = finish_kernel(view.kvm);
    view.quiescent = view.kvm.paused.length === 0;
    view.predictable = false;
    view.period_before = period(view.ref);
    forget_last_step(view.ref);
    catch_up(view);
    return conclude(view, happened);
  } catch (error) {
    return unreadable(view, happened, error);
  }
}

/** Prepares what properties look at. Returns false if no command can follow. */
function conclude(view: View, happened: Event[]): boolean {
  while (happened.length > 0) happened.pop();
  for (let one: View | null = view; one !== null; one = one.other) {
    fill_audit(one.audit, one.kvm);
    note(happened, one.kvm);
  }
  const { name } = view.command;
  if (name === 'invalidate' || name === 'invalidate_4k') note_event(happened, 'invalidation');
  return view.crash === null;
}

/** The reference cannot predict the effect of interleaved commands. When all are done, it adopts. */
function catch_up(view: View): void {
  const { kvm, ref } = view;
  tell_time(ref, kvm);
  const told = view.quiescent && view.crash === null;
  if (told) adopt(ref, kvm);
  if (kvm.other !== null || view.other !== null) look_beside(view);
  take_as_told(view, told);
}

function take_as_told(view: View, told: boolean): void {
  const { kvm, ref, divergence } = view;
  view.passes = kvm.record.passes.map((record) => ({ record, splits: NO_SPLITS }));
  if (told) forget_divergence(divergence, kvm, ref);
  view.splits = told ? split_counts(ref) : NO_SPLITS;
  if (view.other !== null) take_as_told(view.other, told);
}

function note(happened: Event[], { record }: Kvm): void {
  if (record.passes.length > 0 || record.strays.length > 0) note_event(happened, 'pass');
  if (record.findings.length > 0) note_event(happened, 'finding');
  if (record.accountings.length > 0) note_event(happened, 'accounting');
  if (record.mapped_level > 0) note_event(happened, 'access');
  if (record.toggled_before > 0) note_event(happened, 'toggle');
  if (record.logging_began !== null || record.log_cleared !== null) note_event(happened, 'logging');
  if (record.errno !== null) note_event(happened, 'parameter');
  if (record.prefault !== null) note_event(happened, 'prefault');
  if (record.ended.length > 0) note_event(happened, 'end');
}

function note_event(happened: Event[], event: Event): void {
  if (!happened.includes(event)) happened.push(event);
}
