import type { Command } from '../harness/command';
import { COMMANDS } from './catalogue';
import type { Contract } from './contract';
import { KernelHang, KernelOops } from './kernel/fault';
import { rcu_grace_period } from './kernel/tdp_mmu';
import { check_tlbs } from './kernel/tlb';
import type { Kvm, Task } from './kernel/types';
import { begin_step, kvm_create_vm } from './kernel/vm';
import { new_reference, type Reference } from './reference';
import type { KernelOps } from './kernel/ops';
import type { World } from './world';

/** Runs a kernel function to its end: nobody interleaves. */
export function drain(task: Task | undefined): void {
  if (task) while (!task.next(false).done);
}

/** One command on the implementation. The crash or hang that ended it, or null. */
export function step_kernel(kvm: Kvm, command: Command): string | null {
  const spec = COMMANDS.get(command.name);
  if (!spec) throw new Error(`no command "${command.name}"`);
  begin_step(kvm);
  try {
    drain(spec.kernel(kvm, command.args));
    rcu_grace_period(kvm);
    check_tlbs(kvm, 'the command ended');
    return null;
  } catch (error) {
    if (error instanceof KernelOops || error instanceof KernelHang) return `${error.name}: ${error.message}`;
    throw error;
  }
}

export function step_reference(ref: Reference, command: Command): void {
  const spec = COMMANDS.get(command.name);
  if (!spec) throw new Error(`no command "${command.name}"`);
  ref.access_level = 0;
  spec.reference(ref, command.args);
}

export const start = (ops: KernelOps, contract: Contract, world: World) => ({
  kvm: kvm_create_vm(ops, world),
  ref: new_reference(contract, world),
});
