import type { Command } from '../harness/command';
import type { Session } from '../harness/run';
import { type Audit, audit } from './audit';
import { COMMANDS, type NamedCommand } from './catalogue';
import { KernelHang, KernelOops } from './kernel/fault';
import { rcu_grace_period } from './kernel/tdp_mmu';
import { check_tlbs } from './kernel/tlb';
import type { Kvm, PassRecord, Taken, Task } from './kernel/types';
import { begin_step, kvm_create_vm } from './kernel/vm';
import { new_reference, type Place, type Reference, reclaim, split_counts, take } from './reference';
import { settle } from './reference_host';
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
  audit: Audit;
  /** Splits on each list, as the reference counts them. */
  splits: readonly number[];
  passes: readonly JudgedPass[];
  /** How the kernel died during this command, or null. */
  crash: string | null;
}

/** Runs a kernel function to its end: nobody interleaves. */
export function drain(task: Task | undefined): void {
  if (task) while (!task.next(false).done);
}

export function definition(command: Command): NamedCommand {
  const spec = COMMANDS.get(command.name);
  if (!spec) throw new Error(`no command "${command.name}"`);
  return spec;
}

/** One command on the implementation. The crash or hang that ended it, or null. */
function step_kernel(kvm: Kvm, command: Command): string | null {
  begin_step(kvm);
  try {
    drain(definition(command).kernel(kvm, command.args));
    rcu_grace_period(kvm);
    check_tlbs(kvm, 'the command ended');
    return null;
  } catch (error) {
    if (error instanceof KernelOops || error instanceof KernelHang) return `${error.name}: ${error.message}`;
    throw error;
  }
}

/** One command on the reference: what happens, and what becomes due by it. */
export function step_reference(ref: Reference, command: Command): void {
  ref.access_level = 0;
  definition(command).reference(ref, command.args);
  settle(ref);
}

const place = (world: World, { mmu, level, gfn }: Taken): Place => ({ mmu, level, page: gfn / world.fan_out });

/** Which pages a pass takes is not promised: the reference is told, and judges how many. */
function tell(ref: Reference, kvm: Kvm): JudgedPass[] {
  for (const taken of kvm.record.reclaimed) reclaim(ref, place(ref.world, taken));
  return kvm.record.passes.map((record) => {
    const splits = split_counts(ref);
    for (const list of record.lists) for (const taken of list.taken) take(ref, place(ref.world, taken));
    return { record, splits };
  });
}

const NOTHING: Command = { name: 'start', args: {} };

/** A machine of this variant in this world, with the reference under the variant's contract beside it. */
export function start_session(variant: Variant, world: World): Session<View> {
  const kvm = kvm_create_vm(variant.ops, world);
  const ref = new_reference(variant.contract, world);
  const view: View = {
    variant,
    kvm,
    ref,
    command: NOTHING,
    audit: audit(kvm),
    splits: split_counts(ref),
    passes: [],
    crash: null,
  };
  const step = (command: Command) => {
    view.command = command;
    view.crash = step_kernel(kvm, command);
    step_reference(ref, command);
    view.passes = tell(ref, kvm);
    view.splits = split_counts(ref);
    view.audit = audit(kvm);
    return view.crash === null;
  };
  return { view, step };
}
