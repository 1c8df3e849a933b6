/** From when to when a VM has a recovery worker, and what KVM_RUN has to do with it. */
import { warn } from './fault';
import type { Kvm, Task } from './types';
import { next_pass_due, wake_recovery_worker } from './worker';

/** kvm_mmu_start_lpage_recovery(): the worker begins, and counts from now. */
export function start_worker(kvm: Kvm): void {
  if (kvm.worker.alive) warn(kvm, 'THREAD', 'a second worker is created for the VM');
  if (kvm.params.nx_hugepage_mitigation_hard_disabled)
    warn(kvm, 'THREAD', 'a worker is created that nothing is left for');
  kvm.worker.alive = true;
  kvm.worker.last = kvm.now;
  kvm.worker.sleeps_until = next_pass_due(kvm);
}

/** vhost_task_create(), called by a vCPU: a new thread cannot be made while a signal is pending. A kthread can. */
export function try_to_start_worker(kvm: Kvm): boolean {
  if (kvm.signal_pending && kvm.ops.worker_is_a_vhost_task) return false;
  start_worker(kvm);
  return true;
}

/** call_once() since 6.14: what has failed has not been done, and is tried again (916b7f42b3b3). */
export function create_worker_once(kvm: Kvm): boolean {
  kvm.worker.once_done ||= kvm.ops.kvm_mmu_start_lpage_recovery(kvm);
  return kvm.worker.once_done;
}

/** kvm_mmu_post_init_vm(), which KVM_RUN calls since 6.14. With nx_huge_pages=never no VM has a worker. */
function kvm_mmu_post_init_vm(kvm: Kvm): boolean {
  if (!kvm.ops.worker_starts_at_first_run || !kvm.ops.may_have_worker(kvm)) return true;
  return kvm.ops.create_worker_once(kvm);
}

/** Calls of KVM_RUN for one access: a signal ends one of them; this many mean that they fail for ever. */
const RUNS_AT_MOST = 4;

/**
 * KVM_RUN up to where the guest runs. A pending signal ends it before that; userspace then handles the signal, and calls
 * again. False if the guest never gets to run.
 */
export function kvm_run(kvm: Kvm): boolean {
  for (let runs = 0; runs < RUNS_AT_MOST; runs++) {
    const ready = kvm_mmu_post_init_vm(kvm);
    const interrupted = kvm.signal_pending;
    kvm.signal_pending = false;
    if (ready && !interrupted) return true;
  }
  warn(kvm, 'THREAD', 'KVM_RUN fails for ever: the worker was not created, and nobody tries again');
  return false;
}

/** kvm_wake_nx_recovery_thread(): nobody is there to be woken before the VM's first KVM_RUN. */
export function* kvm_wake_nx_recovery_thread(kvm: Kvm): Task {
  if (kvm.worker.alive) yield* wake_recovery_worker(kvm);
}

/** kvm_mmu_pre_destroy_vm(): the worker is stopped while all that it could touch is still there. */
export function kvm_mmu_pre_destroy_vm(kvm: Kvm): void {
  kvm.worker.alive = false;
}

/**
 * A fatal signal for the process that the worker is a thread of (vhost_task_fn()): it ends after its pass, if it is in
 * one, and nothing takes its place. Others that share the process's memory go on with the VM. A kthread has no such process.
 */
export function kill_worker(kvm: Kvm): void {
  const { worker } = kvm;
  if (!worker.alive || !kvm.ops.worker_is_a_vhost_task) return;
  worker.alive = false;
  worker.killed = true;
  worker.sleeps_until = Number.POSITIVE_INFINITY;
}

/** A VM begins: it has its worker already, or will have it when it is first run; none with nx_huge_pages=never. */
export function new_worker(kvm: Kvm): void {
  if (!kvm.ops.may_have_worker(kvm)) return;
  if (!kvm.ops.worker_starts_at_first_run) kvm.ops.kvm_mmu_start_lpage_recovery(kvm);
  else if (kvm.world.has_run) {
    start_worker(kvm);
    kvm.worker.once_done = true;
  }
}
