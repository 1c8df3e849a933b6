/**
 * When a VM has a recovery worker, and how KVM_RUN creates it. Models arch/x86/kvm/mmu/mmu.c and kernel/vhost_task.c,
 * 5.5 to 7.3.
 */
import { KernelHang, warn } from './fault';
import { finish, paused_of } from './scheduler';
import type { Kvm, Task } from './types';
import { next_pass_due, wake_recovery_worker } from './worker';

/** kvm_mmu_start_lpage_recovery(): starts the worker. Its first period begins now. */
export function start_worker(kvm: Kvm): void {
  if (kvm.worker.alive) warn(kvm, 'THREAD', 'a second worker is created for the VM');
  if (kvm.params.nx_hugepage_mitigation_hard_disabled)
    warn(kvm, 'THREAD', 'a worker is created although the mitigation is off for good');
  kvm.worker.alive = true;
  kvm.worker.last = kvm.now;
  kvm.worker.sleeps_until = next_pass_due(kvm);
}

/** vhost_task_create(), called by a vCPU: fails while a signal is pending. Creating a kthread does not. */
export function try_to_start_worker(kvm: Kvm): boolean {
  if (kvm.signal_pending && kvm.ops.worker_is_a_vhost_task) return false;
  start_worker(kvm);
  return true;
}

/** call_once() since 6.14: if it failed, it is tried again (916b7f42b3b3). */
export function create_worker_once(kvm: Kvm): boolean {
  kvm.worker.once_done ||= kvm.ops.kvm_mmu_start_lpage_recovery(kvm);
  return kvm.worker.once_done;
}

/** kvm_mmu_post_init_vm(), which KVM_RUN calls since 6.14. With nx_huge_pages=never no VM gets a worker. */
function kvm_mmu_post_init_vm(kvm: Kvm): boolean {
  if (!kvm.ops.worker_starts_at_first_run || !kvm.ops.may_have_worker(kvm)) return true;
  return kvm.ops.create_worker_once(kvm);
}

/** Calls of KVM_RUN for one access. A pending signal ends one of them; if this many end, they fail for ever. */
const RUNS_AT_MOST = 4;

/**
 * KVM_RUN, up to the point where the guest runs. A pending signal ends it before that; then userspace handles the
 * signal and calls KVM_RUN again. Returns false if the guest never runs.
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

/** kvm_wake_nx_recovery_thread(): before the VM's first KVM_RUN there is no worker to wake. */
export function* kvm_wake_nx_recovery_thread(kvm: Kvm): Task {
  if (kvm.worker.alive) yield* wake_recovery_worker(kvm);
}

/**
 * kvm_mmu_pre_destroy_vm(): stops the worker while everything that it may use still exists. kthread_stop(), or vhost_task_stop(),
 * waits for the end of its pass. A vhost task that has exited already is not waited for, so that it may itself be the one who asks.
 */
export function kvm_mmu_pre_destroy_vm(kvm: Kvm): void {
  if (!kvm.worker.alive) return;
  if (kvm.running.thread === 'worker') throw new KernelHang('the worker destroys its VM and waits for its own end');
  finish_pass_of_worker(kvm);
  kvm.worker.alive = false;
}

/** The worker looks at signals, and whether it must stop, only between two passes. */
export function finish_pass_of_worker(kvm: Kvm): void {
  const pass = paused_of(kvm, 'worker', 0);
  if (pass) finish(kvm, pass);
}

/**
 * A fatal signal for the process to which the worker belongs (vhost_task_fn()): the worker ends after its current pass,
 * if any, and is not replaced. Other processes that share the memory still use the VM. A kthread belongs to no such
 * process.
 */
export function kill_worker(kvm: Kvm): void {
  if (kvm.worker.alive && kvm.ops.worker_is_a_vhost_task) kvm.ops.vhost_task_exits(kvm);
}

/** vhost_task_fn() after a fatal signal: VHOST_TASK_FLAGS_KILLED, and the completion `exited`. do_exit() comes only then. */
export function vhost_task_exits({ worker }: Kvm): void {
  worker.alive = false;
  worker.killed = true;
  worker.sleeps_until = Number.POSITIVE_INFINITY;
}

/** A new VM gets its worker now, or at its first KVM_RUN; none with nx_huge_pages=never. */
export function new_worker(kvm: Kvm): void {
  if (!kvm.ops.may_have_worker(kvm)) return;
  if (!kvm.ops.worker_starts_at_first_run) kvm.ops.kvm_mmu_start_lpage_recovery(kvm);
  else if (kvm.world.has_run) {
    start_worker(kvm);
    kvm.worker.once_done = true;
  }
}
