/** When the recovery worker runs, and the parameters that decide it. Models arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3. */
import { burn, KernelOops, warn } from './fault';
import { begin_pass, end_pass } from './nx_pass';
import { drain, paused_of } from './scheduler';
import type { Kvm, Task } from './types';

const MS_PER_HOUR = 3_600_000;
const SIXTY_SECONDS = 60_000;
/** A pass costs far more than a step, so a worker that never sleeps is found soon. */
const COST_OF_A_PASS = 20_000;

/** calc_nx_huge_pages_recovery_period() since 5.16: milliseconds, or null while recovery is off. */
export function calc_nx_huge_pages_recovery_period(kvm: Kvm): number | null {
  const { nx_huge_pages, recovery_ratio, recovery_period_ms } = kvm.params;
  if (!nx_huge_pages || recovery_ratio === 0) return null;
  if (recovery_period_ms !== 0) return recovery_period_ms;
  return Math.floor(MS_PER_HOUR / Math.min(recovery_ratio, 3600));
}

/** Before 5.16 the period is one minute. */
export function fixed_recovery_period(kvm: Kvm): number | null {
  return kvm.params.nx_huge_pages && kvm.params.recovery_ratio !== 0 ? SIXTY_SECONDS : null;
}

/** When the next pass of any VM is due. */
export const next_pass_of_all = (kvm: Kvm): number =>
  kvm.other ? Math.min(next_pass_due(kvm), next_pass_due(kvm.other)) : next_pass_due(kvm);

/** When the next pass is due; Infinity while recovery is off or there is no worker. */
export function next_pass_due(kvm: Kvm): number {
  if (!kvm.worker.alive) return Number.POSITIVE_INFINITY;
  const period = kvm.ops.recovery_period(kvm);
  return period === null ? Number.POSITIVE_INFINITY : kvm.worker.last + period;
}

/**
 * kvm_nx_huge_page_recovery_worker(), woken now: makes passes while one is due, then sleeps until the next. From here
 * on the operation is the worker's. A worker that is in the middle of a pass need not be woken: it will see what is
 * due.
 */
export function* wake_recovery_worker(kvm: Kvm): Task {
  if (!kvm.worker.alive) {
    warn(
      kvm,
      'THREAD',
      kvm.worker.killed ? 'the kernel wakes a worker that was killed' : 'the kernel wakes a worker that does not exist',
    );
    throw new KernelOops(
      kvm.worker.killed
        ? 'wake_up_process() of a task that has exited: use after free'
        : 'wake_up_process() of NULL: the VM has no recovery worker',
    );
  }
  if (paused_of(kvm, 'worker', 0)) return;
  kvm.running.thread = 'worker';
  for (;;) {
    const due = next_pass_due(kvm);
    if (due > kvm.now) {
      kvm.worker.sleeps_until = due;
      return;
    }
    burn_pass(kvm);
    begin_pass(kvm, false);
    yield* kvm.ops.recover_nx_huge_pages(kvm, kvm.params.recovery_ratio);
    end_pass(kvm);
    kvm.worker.last = kvm.now;
  }
}

function burn_pass(kvm: Kvm): void {
  kvm.fuel -= COST_OF_A_PASS;
  burn(kvm);
}

/** Lets time pass until `moment`, for the other VM first. The worker wakes whenever its sleep ends. */
export function* sleep_until(kvm: Kvm, moment: number): Task {
  if (kvm.other) drain(kvm.other, sleep_until(kvm.other, moment));
  while (kvm.worker.sleeps_until <= moment && !paused_of(kvm, 'worker', 0)) {
    kvm.now = Math.max(kvm.now, kvm.worker.sleeps_until);
    yield* wake_recovery_worker(kvm);
  }
  kvm.now = Math.max(kvm.now, moment);
}

/** Makes one pass now, as if it were due. If there is a worker, its period starts again. */
export function* recover_now(kvm: Kvm, ratio: number): Task {
  if (!kvm.worker.alive) return;
  begin_pass(kvm, true);
  yield* kvm.ops.recover_nx_huge_pages(kvm, ratio);
  end_pass(kvm);
  kvm.worker.last = kvm.now;
  kvm.worker.sleeps_until = next_pass_due(kvm);
}

/**
 * set_nx_huge_pages_recovery_param(): wakes the worker if recovery was off and is on now, or if the period is shorter.
 */
export function* set_recovery_params(kvm: Kvm, change: { ratio?: number; period_ms?: number }): Task {
  if (!write_is_taken(kvm)) return;
  const before = kvm.ops.recovery_period(kvm);
  if (change.ratio !== undefined) kvm.params.recovery_ratio = change.ratio;
  if (change.period_ms !== undefined) kvm.params.recovery_period_ms = change.period_ms;
  const after = kvm.ops.recovery_period(kvm);
  if (after === null || (before !== null && after >= before)) return;
  for (const vm of kvm.ops.vm_list(kvm)) yield* as_its_own(kvm, vm, vm.ops.kvm_wake_nx_recovery_thread(vm));
}

/** All VMs, youngest first: vm_list. kvm_lock is held, so that no VM joins or leaves it. */
export const vm_list = (kvm: Kvm): readonly Kvm[] => (kvm.other ? [kvm.other, kvm] : [kvm]);

/**
 * Runs what a walk over vm_list does to one VM. For the other VM it runs to its end, because nothing is ever paused
 * there.
 */
function* as_its_own(kvm: Kvm, vm: Kvm, task: Task): Task {
  if (vm === kvm) yield* task;
  else drain(vm, task);
}

/** Once nx_huge_pages is `never`, writes to it and to the recovery parameters fail with EPERM. */
export const may_write_params = (kvm: Kvm): boolean => !kvm.params.nx_hugepage_mitigation_hard_disabled;

/**
 * With nx_huge_pages=never no VM gets a worker, because it would have nothing to do (kvm_mmu_post_init_vm(), mmu.c,
 * 6.5).
 */
export const may_have_worker = (kvm: Kvm): boolean => !kvm.params.nx_hugepage_mitigation_hard_disabled;

/** Records the result of a write to a parameter. Returns false if it is refused. */
export function write_is_taken(kvm: Kvm): boolean {
  const taken = kvm.ops.may_write_params(kvm);
  kvm.record.errno = taken ? '0' : 'EPERM';
  return taken;
}

/**
 * set_nx_huge_pages() with `never`, while the VM does not exist: EBUSY if there is another VM. Before 6.5 it disables
 * the mitigation, like any word that begins with n, and the mitigation can be enabled again.
 */
export function* write_never(kvm: Kvm): Task {
  if (!write_is_taken(kvm)) return;
  if (!kvm.ops.has_never) yield* change_nx_huge_pages(kvm, false);
  else if (kvm.other) kvm.record.errno = 'EBUSY';
  else {
    kvm.params.nx_hugepage_mitigation_hard_disabled = true;
    kvm.params.nx_huge_pages = false;
  }
}

/** set_nx_huge_pages(): a change zaps all mappings of every VM and wakes the workers. */
export function* set_nx_huge_pages(kvm: Kvm, on: boolean): Task {
  if (write_is_taken(kvm)) yield* change_nx_huge_pages(kvm, on);
}

/** The write was accepted: if it changes the value, the mappings of every VM are zapped. */
export function* change_nx_huge_pages(kvm: Kvm, on: boolean): Task {
  if (kvm.params.nx_huge_pages === on) return;
  kvm.params.nx_huge_pages = on;
  if (kvm.other) kvm.other.running.older_than = kvm.other.next_id;
  kvm.running.older_than = kvm.next_id;
  for (const vm of kvm.ops.vm_list(kvm)) yield* as_its_own(kvm, vm, drop_all_and_wake(vm));
  // Not done by the kernel: a claim checks each VM, including one that an implementation forgets.
  if (kvm.other) is_toggled(kvm.other);
  is_toggled(kvm);
}

function* drop_all_and_wake(vm: Kvm): Task {
  yield* vm.ops.zap_all_on_toggle(vm);
  is_toggled(vm);
  yield* vm.ops.kvm_wake_nx_recovery_thread(vm);
}

function is_toggled({ record, running }: Kvm): void {
  if (running.older_than === 0) return;
  record.toggled_before = running.older_than;
  running.older_than = 0;
}
