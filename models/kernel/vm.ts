/**
 * Creating, destroying and resetting VMs. Models virt/kvm/kvm_main.c, arch/x86/kvm/x86.c and arch/x86/kvm/mmu/mmu.c,
 * 5.5 to 7.3.
 */
import { NO_GFNS } from '../world/attributes';
import { none_set } from '../world/flags';
import { made_of_each } from '../world/repeat';
import { AS_USUAL, backing_level, beside, MMUS, type OfAVm, pages_1g, type World } from '../world/world';
import { with_accounting } from './accounting';
import {
  begin_kvm,
  begin_list,
  begin_params,
  begin_slot,
  begin_worker,
  renew_kvm_for_command,
  renew_kvm_for_vm,
} from './generated/begin';
import { zeroed_list_head } from './list';
import type { KernelOps } from './ops';
import { guest_access } from './page_fault';
import { are_counted, holders_at_first } from './roots';
import { drain, finish_all } from './scheduler';
import { EXEC, KVM_PAGES_PER_HPAGE } from './spte';
import { exit_process, kvm_destroy_vm, kvm_put_other } from './teardown';
import type { Kvm, kvm_memory_slot } from './types';
import { write_never } from './worker';
import { new_worker } from './worker_life';

/**
 * kvm_create_vm(): a VM with its slots and nothing mapped. The module parameters have their defaults or, for a VM
 * beside another, the current values.
 */
export function kvm_create_vm(ops: KernelOps, world: World, first: Kvm | null = null): Kvm {
  const now = first?.now ?? 0;
  const lists = made_of_each(ops.lists, (name) => begin_list({ name, pages: zeroed_list_head(null) }));
  const tdp_mmu_enabled = ops.has_tdp_mmu && world.tdp_mmu;
  const vm = of_a_vm(world, tdp_mmu_enabled && !ops.tdp_roots_outlive_their_vcpus, now, AS_USUAL);
  const given = {
    world,
    ops: with_accounting(ops),
    tdp_mmu_enabled,
    root_entries: pages_1g(world),
    lists,
    books: lists,
    clean: vm.gpte_clean,
    params: first?.params ?? begin_params(),
    now,
  };
  const kvm = begin_kvm(given, vm);
  init_lists(kvm);
  new_worker(kvm);
  return kvm;
}

const init_lists = (kvm: Kvm): void => {
  for (const [list, { pages }] of kvm.lists.entries()) kvm.ops.init_list(pages, list);
};

/** A new VM has pages, lists and counters of its own: what was wrong with those of the old one has ended with it. */
function forget_pages(kvm: Kvm): void {
  kvm.sps.splice(0);
  for (const mmu of MMUS) kvm.roots[mmu] = null;
  if (kvm.tlb.length > 0) kvm.tlb = [];
  for (const list of kvm.lists) {
    list.pages.next = null;
    list.pages.prev = null;
    list.nr_pages = 0;
  }
  kvm.stat.nx_lpage_splits = 0;
  kvm.stat.pages.fill(0);
  init_lists(kvm);
}

/** What is each VM's own, as it begins. */
const of_a_vm = (world: World, counted: boolean, now: number, { exempt, slot_zap_all, dirty_log }: OfAVm) => ({
  memslots: made_of_each(world.slots, (_, id) => new_slot(world, id)),
  gpte_clean: new_gptes(world),
  mem_attr_array: NO_GFNS,
  disable_nx_huge_pages: exempt,
  slot_zap_all,
  dirty_log_mode: dirty_log,
  root_holders: holders_at_first(world, counted),
  worker: begin_worker({ last: now }),
});

/** Initially, the accessed and dirty bits of all entries in L1's tables for nested guests are set. */
function new_gptes(world: World): Kvm['gpte_clean'] {
  return { shadow: none_set(pages_1g(world)), shadow2: none_set(pages_1g(world)) };
}

function new_slot(world: World, id: number): kvm_memory_slot {
  const shape = world.slots[id];
  if (!shape) throw new Error(`the world has no slot ${id}`);
  const size = KVM_PAGES_PER_HPAGE(world.fan_out, backing_level(shape.backing));
  for (const page of [shape.home, shape.away]) {
    if ((page * world.fan_out) % size !== 0)
      throw new Error(`slot ${id} at page ${page} is not aligned to its backing`);
  }
  return begin_slot({
    id,
    as_id: shape.as ?? 0,
    base_gfn: shape.home * world.fan_out,
    npages: shape.regions * world.fan_out,
    backing: shape.backing,
    broken: none_set(shape.regions),
  });
}

/**
 * kvm_destroy_vm(), and a new VM with the same slots in its place. The host's parameters and clock go on. `never`: is
 * written to nx_huge_pages after the one has gone, and before the other is there. What a kernel lacks it answers with
 * EINVAL, and the VM is as usual in that: the quirk (before 6.12), a log that begins with all pages dirty (before 5.7).
 */
export function destroy_and_create_again(kvm: Kvm, wanted: OfAVm, never: boolean): void {
  finish_all(kvm);
  kvm_destroy_vm(kvm);
  create_again(kvm, wanted, never);
}

/**
 * exit_process() ends with a new process, which creates a VM as usual. What the signal was for has ended with the old one.
 */
export function exit_and_begin_again(kvm: Kvm): void {
  exit_process(kvm);
  kvm.signal_pending = false;
  create_again(kvm, AS_USUAL, false);
}

function create_again(kvm: Kvm, wanted: OfAVm, never: boolean): void {
  const { has_exempt_vms, slot_zap_is_a_quirk, has_initially_set } = kvm.ops;
  const exempt = wanted.exempt && has_exempt_vms;
  const slot_zap_all = wanted.slot_zap_all || !slot_zap_is_a_quirk;
  const dirty_log = wanted.dirty_log === 'initially_set' && !has_initially_set ? 'plain' : wanted.dirty_log;
  forget_pages(kvm);
  renew_kvm_for_vm(kvm, of_a_vm(kvm.world, are_counted(kvm), kvm.now, { exempt, slot_zap_all, dirty_log }));
  if (never) drain(kvm, write_never(kvm));
  if (slot_zap_all !== wanted.slot_zap_all || dirty_log !== wanted.dirty_log) kvm.record.errno = 'EINVAL';
  new_worker(kvm);
}

/** kvm_create_vm() for a second VM, if there is only one: from then on both are on vm_list. */
export function create_other_vm(kvm: Kvm): Kvm {
  finish_all(kvm);
  kvm.other ??= kvm_create_vm(kvm.ops, beside(kvm.world), kvm);
  return kvm.other;
}

/** kvm_destroy_vm() of the other VM, if there is one. Its findings are added to those of the VM that stays. */
export function destroy_other_vm(kvm: Kvm): void {
  finish_all(kvm);
  if (kvm.other) kvm.other.running.thread = 'memslots';
  kvm_put_other(kvm);
}

/** The guest of the other VM executes in that VM's only region. */
export function exec_in_other_vm(kvm: Kvm): void {
  const other = create_other_vm(kvm);
  other.running.thread = 'vcpu';
  const task = guest_access(other, 'tdp', 0, EXEC, 0);
  if (task) drain(other, task);
}

/** Empties the record, because the next command begins. */
export function begin_step(kvm: Kvm): void {
  renew_kvm_for_command(kvm);
  kvm.running.zapped = false;
  if (kvm.other !== null) begin_step(kvm.other);
}
