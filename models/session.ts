import type { Args, Command } from '../harness/command';
import type { Session } from '../harness/run';
import { type Audit, fill_audit, new_audit } from './audit';
import { COMMANDS, type NamedCommand } from './catalogue';
import { copy_kvm, copy_reference } from './copy';
import { copy_dispute, type Dispute, is_disputed, no_dispute, note_dispute } from './dispute';
import { burn } from './kernel/fault';
import { rcu_grace_period } from './kernel/tdp_mmu';
import { check_tlbs } from './kernel/tlb';
import type { Place as KernelPlace, Kvm, kvm_mmu_page, PassRecord, Task } from './kernel/types';
import { begin_step, kvm_create_vm } from './kernel/vm';
import { new_reference, type Place, type Reference, type Table } from './reference';
import { settle } from './reference_host';
import { reclaim, split_counts, take } from './reference_recovery';
import type { Variant } from './variant';
import type { World } from './world';

/** A pass as the kernel ran it, and the splits that the reference counted on each list when it began. */
export interface JudgedPass {
  readonly record: PassRecord;
  readonly splits: readonly number[];
}

/** What properties see after a command: both sides, the audit of the books, and what the command did. */
export interface View {
  readonly variant: Variant;
  readonly kvm: Kvm;
  readonly ref: Reference;
  command: Command;
  readonly audit: Audit;
  /** Where the two sides do not agree that a table stands. */
  readonly dispute: Dispute;
  /** Splits on each list, as the reference counts them; disputed places left out here and in `passes`. */
  splits: readonly number[];
  passes: readonly JudgedPass[];
  /** How the kernel died during this command, or null. */
  crash: string | null;
}

/** What the last command brought about. */
export type Happened = Record<'pass' | 'finding' | 'booking' | 'access' | 'toggle', boolean>;

/** The commands that can bring an event about, where not any can. */
export const CAUSES: Readonly<Partial<Record<string, readonly string[]>>> = {
  access: ['guest_exec', 'guest_read', 'guest_write'],
  pass: ['recover', 'wait', 'recovery_ratio', 'recovery_period', 'nx_huge_pages'],
  toggle: ['nx_huge_pages'],
};

/** Runs a kernel function to its end: nobody interleaves. One that yields for ever hangs. */
export function drain(kvm: Kvm, task: Task | undefined): void {
  if (task) while (!task.next(false).done) burn(kvm);
}

export function definition(command: Command): NamedCommand {
  const spec = COMMANDS.get(command.name);
  if (!spec) throw new Error(`no command "${command.name}"`);
  return spec;
}

/** One command on the implementation. The crash or hang that ended it, or null. */
export function step_kernel(kvm: Kvm, spec: NamedCommand, args: Args): string | null {
  begin_step(kvm);
  try {
    drain(kvm, spec.kernel(kvm, args));
    rcu_grace_period(kvm);
    check_tlbs(kvm, 'the command ended');
    return null;
  } catch (error) {
    // Whatever the implementation throws is its own doing: a finding, not a defect of the harness.
    return error instanceof Error ? `${error.name}: ${error.message}` : `thrown: ${String(error)}`;
  }
}

/** One command on the reference: what happens, and what becomes due by it. */
export function step_reference(ref: Reference, spec: NamedCommand, args: Args): void {
  ref.access_level = 0;
  ref.access_faulted = false;
  spec.reference(ref, args);
  settle(ref);
}

const place = (world: World, { mmu, level, gfn }: KernelPlace): Place => ({ mmu, level, page: gfn / world.fan_out });

/** Which pages a pass takes is not promised: the reference is told, and judges how many. */
function tell(ref: Reference, kvm: Kvm, dispute: Dispute): JudgedPass[] {
  if (kvm.record.passes.length === 0) return NO_PASSES;
  return kvm.record.passes.map((record) => {
    const splits = undisputed_splits(ref, dispute);
    for (const list of record.lists)
      for (const taken of list.taken) if (!taken.freed) take(ref, place(ref.world, taken));
    return { record, splits };
  });
}

function undisputed_splits(ref: Reference, dispute: Dispute): number[] {
  return dispute.places.size === 0 ? split_counts(ref) : split_counts(ref, (place) => is_disputed(dispute, place));
}

const NO_PASSES: JudgedPass[] = [];
const NO_SPLITS: readonly number[] = [];
const NOTHING: Command = { name: 'start', args: {} };

/** A machine of this variant in this world, with the reference under the variant's contract beside it. */
export function start_session(variant: Variant, world: World): Session<View> {
  const kvm = kvm_create_vm(variant.ops, world);
  const ref = new_reference(variant.contract, world);
  return new_session(variant, kvm, ref, no_dispute());
}

/** Makes sessions go on from the state of another; for each a maker of its own, which keeps what can be used again. */
export function new_copier(): (from: Session<View>, to: Session<View>) => void {
  const pages: kvm_mmu_page[] = [];
  const tables: Table[] = [];
  return ({ view: from }, { view: to }) => {
    copy_kvm(from.kvm, to.kvm, pages);
    copy_reference(from.ref, to.ref, tables);
    copy_dispute(from.dispute, to.dispute);
    to.crash = null;
  };
}

function new_session(variant: Variant, kvm: Kvm, ref: Reference, dispute: Dispute): Session<View> {
  const view: View = {
    variant,
    kvm,
    ref,
    command: NOTHING,
    audit: new_audit(kvm),
    dispute,
    splits: NO_SPLITS,
    passes: NO_PASSES,
    crash: null,
  };
  const happened: Happened = { pass: false, finding: false, booking: false, access: false, toggle: false };
  return { view, happened, step: (command) => step(view, happened, command) };
}

function step(view: View, happened: Happened, command: Command): boolean {
  const { kvm, ref, dispute } = view;
  const spec = definition(command);
  view.command = command;
  view.crash = step_kernel(kvm, spec, command.args);
  // Room is made before a fault maps anything.
  for (const taken of kvm.record.reclaimed) reclaim(ref, place(ref.world, taken));
  step_reference(ref, spec, command.args);
  view.passes = tell(ref, kvm, dispute);
  note_dispute(dispute, kvm, ref);
  view.splits = undisputed_splits(ref, dispute);
  fill_audit(view.audit, kvm);
  note(happened, kvm);
  return view.crash === null;
}

function note(happened: Happened, { record }: Kvm): void {
  happened.pass = record.passes.length > 0;
  happened.finding = record.findings.length > 0;
  happened.booking = record.bookings.length > 0;
  happened.access = record.mapped_level > 0;
  happened.toggle = record.nx_toggled;
}
