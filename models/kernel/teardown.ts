/**
 * The end of VMs, and of the process that has them open. Models kvm_destroy_vm() (virt/kvm/kvm_main.c), kvm_arch_destroy_vm()
 * (arch/x86/kvm/x86.c) and what do_exit() does (kernel/exit.c), 5.5 to 7.3.
 */
import { is_nested, type Mmu } from '../world/world';
import { warn } from './fault';
import { list_length } from './list';
import { zap_all_with_slots_lock } from './memslots';
import { drain, finish } from './scheduler';
import { rcu_grace_period } from './tdp_mmu';
import type { Kvm, NxList, VmEnd } from './types';
import { finish_pass_of_worker } from './worker_life';

/** KVM_RUN ends in the guest that has run: a vCPU whose nested guest it was stays in it (is_guest_mode()). */
export function enter_guest(kvm: Kvm, mmu: Mmu, vcpu: number): void {
  if (kvm.ops.destroys_vcpus_first) return;
  if (is_nested(mmu)) kvm.vcpus_in_l2 |= 1 << vcpu;
  else kvm.vcpus_in_l2 &= ~(1 << vcpu);
}

/**
 * kvm_destroy_vm(), by whoever closes the last file: the worker stops, then all mappings go, then the VM itself. A second VM's
 * operations are never paused.
 */
export function kvm_destroy_vm(kvm: Kvm, is_other = false, right = right_counters(kvm)): void {
  kvm.ops.kvm_mmu_pre_destroy_vm(kvm);
  unmap_all(kvm);
  kvm_arch_destroy_vm(kvm);
  if (kvm.worker.alive) warn(kvm, 'THREAD', 'the worker outlives its VM');
  kvm.record.ended.push(what_is_left(kvm, is_other, right));
}

/** kvm_destroy_vm() of the other VM, if there is one. Its findings, and what was left of it, go to the VM that stays. */
export function kvm_put_other(kvm: Kvm, right?: Right): void {
  const { other } = kvm;
  if (!other) return;
  kvm_destroy_vm(other, true, right);
  kvm.record.findings.push(...other.record.findings);
  kvm.record.ended.push(...other.record.ended);
  kvm.other = null;
}

/** kvm_mmu_notifier_release(): no mapping outlives the memory. (The kernel does not ask for slots_lock.) */
function unmap_all(kvm: Kvm): void {
  drain(kvm, zap_all_with_slots_lock(kvm));
  rcu_grace_period(kvm);
}

/**
 * kvm_arch_destroy_vm(): a vCPU that is in its nested guest leaves it to be destroyed, which sets MSRs of L1 through the VM's
 * filter. Unless vCPUs go first, that has been freed.
 */
function kvm_arch_destroy_vm(kvm: Kvm): void {
  if (kvm.ops.destroys_vcpus_first) return;
  for (let vcpu = 0; vcpu < kvm.world.vcpus; vcpu++) {
    if ((kvm.vcpus_in_l2 >> vcpu) & 1)
      warn(kvm, 'PRIMITIVE', `vCPU ${vcpu} leaves its nested guest when the MSR filter of its VM has been freed`);
  }
  kvm.vcpus_in_l2 = 0;
}

/** Of each list, and of the stat: whether its counter is right. One that is wrong before the VM ends stays so. */
type Right = readonly boolean[];

/** A head that was never initialised has no pages yet. */
const length_of = (kvm: Kvm, { pages }: NxList): number =>
  pages.next === null ? 0 : (list_length(kvm, pages) ?? Number.NaN);

const sum = (numbers: readonly number[]): number => numbers.reduce((all, n) => all + n, 0);

function right_counters(kvm: Kvm): Right {
  const lengths = kvm.lists.map((list) => length_of(kvm, list));
  const of_lists = kvm.lists.map(({ nr_pages }, list) => nr_pages === lengths[list]);
  return [...of_lists, kvm.stat.nx_lpage_splits === sum(lengths)];
}

function what_is_left(kvm: Kvm, is_other: boolean, right: Right): VmEnd {
  const counters = [...kvm.lists.map(({ nr_pages }) => nr_pages), kvm.stat.nx_lpage_splits];
  return {
    is_other,
    listed: sum(kvm.lists.map((list) => length_of(kvm, list) || 0)),
    miscounted: counters.filter((counter, i) => right[i] && counter !== 0).length,
    pages: kvm.sps.length,
    cached: kvm.tlb.length,
    used: kvm.n_used_mmu_pages,
    tdp: kvm.tdp_mmu_pages,
    passes: kvm.paused.filter(({ pass }) => pass !== null).length,
  };
}

/**
 * do_exit() of all threads of the process that has these VMs open. Its threads finish what they do in the kernel. Then the memory goes, with all
 * mappings, and then the files, with the VMs: the last thread does both. A vhost task (6.12) is one of these threads: the
 * signal ends it after its pass, and it is the last that has the memory, into which the vCPUs are mapped. A kthread is none: the process
 * stops it, and its pass may have gone on until then.
 */
export function exit_process(kvm: Kvm): void {
  finish_threads(kvm);
  const vms = kvm.other ? [kvm, kvm.other] : [kvm];
  const right = vms.map(right_counters);
  for (const vm of vms) vm.running.thread = 'memslots';
  for (const vm of vms) {
    if (!vm.ops.worker_is_a_vhost_task || !vm.worker.alive) continue;
    finish_pass_of_worker(vm);
    vm.ops.vhost_task_exits(vm);
    for (const { running } of vms) running.thread = 'worker';
  }
  for (const vm of vms) unmap_all(vm);
  kvm_put_other(kvm, right[1]);
  kvm_destroy_vm(kvm, false, right[0]);
}

/** All but the worker: a fatal signal ends them where they return to userspace, and not before. */
function finish_threads(kvm: Kvm): void {
  for (;;) {
    const operation = kvm.paused.find(({ thread }) => thread !== 'worker');
    if (!operation) return;
    finish(kvm, operation);
  }
}
