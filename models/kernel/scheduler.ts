/**
 * Which operation runs when; no kernel file does this. A command runs to its end unless it says `pause=N`: then it
 * stops at the N-th place where another CPU could run, and the following commands run. It continues when it is resumed,
 * when its thread gets another command, when another operation waits for what it holds, or when the program ends.
 */
import type { Command } from '../../harness/program/command';
import { burn, KernelHang } from './fault';
import { begin_operation as new_operation, renew_operation } from './generated/begin';
import { locks_text, MMU_WRITE, RCU, SRCU } from './lock';
import { rcu_grace_period } from './tdp_mmu';
import type { Kvm, Operation, Task, Thread } from './types';

/** Runs a kernel function to its end without interleaving. A function that yields for ever counts as hung. */
export function drain(kvm: Kvm, task: Task): void {
  while (!task.next(false).done) burn(kvm);
}

/** The paused operation of `thread`, if there is one. */
export function paused_of(kvm: Kvm, thread: Thread, vcpu: number): Operation | undefined {
  return kvm.paused.find((one) => one.thread === thread && (thread !== 'vcpu' || one.vcpu === vcpu));
}

/** Begins a command on its thread. A paused operation of the same thread is finished first. */
export function begin_operation(kvm: Kvm, thread: Thread, vcpu: number, command: Command): void {
  if (kvm.paused.length > 0) {
    const before = paused_of(kvm, thread, vcpu);
    if (before) finish(kvm, before);
  }
  const { running } = kvm;
  running.thread = thread;
  running.vcpu = vcpu;
  running.command = command;
}

/** Runs the operation that has begun: to its end, or to the N-th place where it can be paused. */
export function run_operation(kvm: Kvm, task: Task, pause: number): void {
  const { running } = kvm;
  running.task = task;
  // Leftovers of the previous command would distinguish states that are equal.
  if (pause > 0) renew_operation(running);
  if (advance(kvm, running, pause)) return;
  kvm.paused.push(running);
  kvm.running = new_operation();
}

/** Runs an operation to its end and returns true; or to the N-th place where it can be paused, if there is one. */
function advance(kvm: Kvm, operation: Operation, pause: number): boolean {
  const task = operation.task as Task;
  let left = pause;
  let reschedules = false;
  for (;;) {
    const { done, value } = task.next(reschedules);
    if (done) return true;
    burn(kvm);
    operation.at = value;
    if (reschedules) return false;
    // While an operation holds mmu_lock for write, no other can run: a pause here shows nothing, unless it drops the
    // lock.
    if (value !== 'need_resched' && operation.held & MMU_WRITE) continue;
    kvm.record.yields++;
    if (--left !== 0) continue;
    if (value !== 'need_resched') return false;
    reschedules = true;
  }
}

/** Resumes a paused operation, to its end or to its next pause. */
export function resume(kvm: Kvm, operation: Operation, pause: number): void {
  if (switch_to(kvm, operation, pause)) return;
  kvm.paused.push(operation);
}

/** Runs a paused operation to its end. */
export function finish(kvm: Kvm, operation: Operation): void {
  switch_to(kvm, operation, 0);
}

/** Returns true if the operation ended, false if it is paused again. */
function switch_to(kvm: Kvm, operation: Operation, pause: number): boolean {
  const { running } = kvm;
  kvm.paused.splice(kvm.paused.indexOf(operation), 1);
  kvm.running = operation;
  if (operation.pass) operation.pass.interrupted = true;
  const ended = advance(kvm, operation, pause);
  kvm.running = running;
  // What it has not flushed stays unflushed, whichever operation runs next.
  if (ended && operation.tlb_suspect) running.tlb_suspect = true;
  return ended;
}

/** The running operation waits for a lock (SRCU: for its readers) until no operation holds a conflicting one. */
export function wait_for(kvm: Kvm, held: number, lock: number): void {
  const { running, waiting, paused } = kvm;
  running.waits_for = lock;
  waiting.push(running);
  for (;;) {
    if (waiting.some((one) => one.held & held)) throw deadlock(kvm);
    const holder = paused.find((one) => one.held & held);
    if (!holder) break;
    finish(kvm, holder);
  }
  waiting.pop();
  running.waits_for = 0;
}

/** The error for a deadlock: which operation holds what, and which waits for what. */
function deadlock({ waiting }: Kvm): KernelHang {
  const lock = ({ waits_for }: Operation) => (waits_for === SRCU ? 'the readers of srcu' : locks_text(waits_for));
  const all = waiting.map((one) => `${name_of(one)} holds ${locks_text(one.held)} and waits for ${lock(one)}`);
  return new KernelHang(`deadlock: ${all.join('; ')}`);
}

function name_of({ thread, vcpu, command }: Operation): string {
  return `${thread === 'vcpu' ? `vCPU ${vcpu}` : thread} (${command?.name})`;
}

/** Runs all paused operations to their end, oldest first. */
export function finish_all(kvm: Kvm): void {
  for (let first = kvm.paused[0]; first; first = kvm.paused[0]) finish(kvm, first);
}

/** Ends the RCU grace period as soon as there is no reader. */
export function end_grace_period(kvm: Kvm): void {
  for (const { held } of kvm.paused) if (held & RCU) return;
  rcu_grace_period(kvm);
}
