import {
  burn,
  KernelOops,
  type KernelOps,
  type Kvm,
  nx_huge_pages as nx,
  scheduler,
  type Task,
  warn,
  worker,
  worker_life,
} from 'kvm-nx-harness';

const COST_OF_A_PASS = 20_000;

export function* wake_recovery_worker(kvm: Kvm): Task {
  if (!kvm.worker.alive) {
    warn(kvm, 'THREAD', 'the kernel wakes a worker that does not exist');
    throw new KernelOops('wake_up_process() of NULL: the VM has no recovery worker');
  }
  if (scheduler.paused_of(kvm, 'worker', 0)) return;
  kvm.running.thread = 'worker';
  for (;;) {
    const due = worker.next_pass_due(kvm);
    kvm.worker.sleeps_until = due;
    if (due > kvm.now) return;
    kvm.fuel -= COST_OF_A_PASS;
    burn(kvm);
    nx.begin_pass(kvm, false);
    yield* kvm.ops.recover_nx_huge_pages(kvm, kvm.params.recovery_ratio);
    nx.end_pass(kvm);
    kvm.worker.last = kvm.now;
  }
}

export const life: Partial<KernelOps> = {
  *set_nx_huge_pages(kvm, on) {
    if (worker.write_is_taken(kvm)) yield* worker.change_nx_huge_pages(kvm, on);
  },
  *set_nx_huge_pages_recovery_param(kvm, { ratio, period_ms }) {
    if (!worker.write_is_taken(kvm)) return;
    const before = kvm.ops.recovery_period(kvm) ?? Number.POSITIVE_INFINITY;
    kvm.params.recovery_ratio = ratio ?? kvm.params.recovery_ratio;
    kvm.params.recovery_period_ms = period_ms ?? kvm.params.recovery_period_ms;
    const after = kvm.ops.recovery_period(kvm) ?? Number.POSITIVE_INFINITY;
    if (after >= before) return;
    for (const vm of kvm.ops.vm_list(kvm)) {
      const wake = vm.ops.kvm_wake_nx_recovery_thread(vm);
      if (vm === kvm) yield* wake;
      else scheduler.drain(vm, wake);
    }
  },
  may_have_worker: (kvm) => !kvm.params.nx_hugepage_mitigation_hard_disabled,
  kvm_mmu_start_lpage_recovery(kvm) {
    const fails = kvm.signal_pending && kvm.ops.worker_is_a_vhost_task;
    if (!fails) worker_life.start_worker(kvm);
    return !fails;
  },
  may_write_params: (kvm) => !kvm.params.nx_hugepage_mitigation_hard_disabled,
  create_worker_once(kvm) {
    if (!kvm.worker.once_done) kvm.worker.once_done = kvm.ops.kvm_mmu_start_lpage_recovery(kvm);
    return kvm.worker.once_done;
  },
  *kvm_wake_nx_recovery_thread(kvm) {
    if (kvm.worker.alive) yield* wake_recovery_worker(kvm);
  },
  kvm_mmu_pre_destroy_vm(kvm) {
    worker_life.finish_pass_of_worker(kvm);
    kvm.worker.alive = false;
  },
  vhost_task_exits(kvm) {
    kvm.worker.killed = kvm.worker.alive;
    kvm.worker.alive = false;
    kvm.worker.sleeps_until = Number.POSITIVE_INFINITY;
  },
};
