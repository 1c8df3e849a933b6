/**
 * Who runs when. A command runs to its end unless it says `pause=N`: then it stops at the N-th place where another CPU
 * could run, and the commands that follow run, until it is resumed, its thread has something else to do, somebody waits
 * for what it holds, or the program ends.
 */
import type { Command } from '../../harness/program/command';
import { burn, KernelHang } from './fault';
import { begin_operation as new_operation, renew_operation } from './generated/begin';
import { locks_text, MMU_WRITE, RCU, SRCU } from './lock';
import { rcu_grace_period } from './tdp_mmu';
import type { Kvm, Operation, Task, Thread } from './types';

/** Runs a kernel function to its end: nobody comes in between. One that yields for ever hangs. */
export function drain(kvm: Kvm, task: Task): void {
  while (!task.next(false).done) burn(kvm);
}

/** What `thread` is in the middle of, if anything. */
export function paused_of(kvm: Kvm, thread: Thread, vcpu: number): Operation | undefined {
  return kvm.paused.find((one) => one.thread === thread && (thread !== 'vcpu' || one.vcpu === vcpu));
}

/** A command begins, as its thread's; what the thread is in the middle of is finished first. */
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

/** Runs what has begun: to its end, or up to the N-th place where it can be paused. */
export function run_operation(kvm: Kvm, task: Task, pause: number): void {
  const { running } = kvm;
  running.task = task;
  // What the command before it has left would tell states apart that are one.
  if (pause > 0) renew_operation(running);
  if (advance(kvm, running, pause)) return;
  kvm.paused.push(running);
  kvm.running = new_operation();
}

/** Runs an operation to its end (true), or to the N-th place where it can be paused, if there is one. */
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
    // Whoever holds mmu_lock for write keeps all others out: nothing to see in a pause, unless it drops the lock.
    if (value !== 'need_resched' && operation.held & MMU_WRITE) continue;
    kvm.record.yields++;
    if (--left !== 0) continue;
    if (value !== 'need_resched') return false;
    reschedules = true;
  }
}

/** Goes on with a paused operation, to its end or to its next pause. */
export function resume(kvm: Kvm, operation: Operation, pause: number): void {
  if (switch_to(kvm, operation, pause)) return;
  kvm.paused.push(operation);
}

/** Runs a paused operation to its end. */
export function finish(kvm: Kvm, operation: Operation): void {
  switch_to(kvm, operation, 0);
}

/** True if the operation came to its end; else it has been paused again. */
function switch_to(kvm: Kvm, operation: Operation, pause: number): boolean {
  const { running } = kvm;
  kvm.paused.splice(kvm.paused.indexOf(operation), 1);
  kvm.running = operation;
  if (operation.pass) operation.pass.interrupted = true;
  const ended = advance(kvm, operation, pause);
  kvm.running = running;
  // What it has left unflushed stays so, whoever runs.
  if (ended && operation.tlb_suspect) running.tlb_suspect = true;
  return ended;
}

/** The operation that runs waits for a lock (SRCU: its readers) until nobody holds any of those in its way any more. */
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

/** Who holds what, and who waits for what. */
function deadlock({ waiting }: Kvm): KernelHang {
  const lock = ({ waits_for }: Operation) => (waits_for === SRCU ? 'the readers of srcu' : locks_text(waits_for));
  const all = waiting.map((one) => `${name_of(one)} holds ${locks_text(one.held)} and waits for ${lock(one)}`);
  return new KernelHang(`deadlock: ${all.join('; ')}`);
}

function name_of({ thread, vcpu, command }: Operation): string {
  return `${thread === 'vcpu' ? `vCPU ${vcpu}` : thread} (${command?.name})`;
}

/** All that is paused runs to its end, the oldest first. */
export function finish_all(kvm: Kvm): void {
  for (let first = kvm.paused[0]; first; first = kvm.paused[0]) finish(kvm, first);
}

/** The RCU grace period ends as soon as no reader is left. */
export function end_grace_period(kvm: Kvm): void {
  for (const { held } of kvm.paused) if (held & RCU) return;
  rcu_grace_period(kvm);
}
