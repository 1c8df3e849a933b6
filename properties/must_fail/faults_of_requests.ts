/** Faults that lose or change what userspace asks for, mostly only while another command is paused. */

import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import type { KernelOps } from '../../models/kernel/ops';
import { is_nx_huge_page_enabled } from '../../models/kernel/spte';
import type { Kvm, Params, Task } from '../../models/kernel/types';
import { write_is_taken } from '../../models/kernel/worker';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;
const EXEC_0 = 'guest_exec mmu=tdp page=0 offset=0';
const PASS_TO_PAUSE = 'recover ratio=1 pause=1';

const is_busy = ({ paused }: Kvm): boolean => paused.length > 0;
/** The fault applies only while another command is paused. */
const unless_busy =
  <A extends readonly unknown[]>(act: (kvm: Kvm, ...args: A) => Task, instead?: (kvm: Kvm, ...args: A) => Task) =>
  (kvm: Kvm, ...args: A): Task =>
    is_busy(kvm) ? (instead?.(kvm, ...args) ?? nothing()) : act(kvm, ...args);
function* nothing(): Task {
  yield* [];
}

/** A write to a parameter that succeeds without an effect. */
function* taken_and_forgotten(kvm: Kvm): Task {
  yield* [];
  write_is_taken(kvm);
}

/** Parameters of hosts on which some VM has been exempt. */
const EXEMPTED = new WeakSet<Params>();

const LEAKS_EXEMPTION: Partial<KernelOps> = {
  is_nx_huge_page_enabled(kvm) {
    if (kvm.disable_nx_huge_pages) EXEMPTED.add(kvm.params);
    return is_nx_huge_page_enabled(kvm) && !EXEMPTED.has(kvm.params);
  },
};

export const FAULTS_OF_REQUESTS: readonly SeededFault[] = [
  {
    name: 'a ratio that is written while a pass is under way is lost',
    breaks: ['parameters-are-taken-or-refused'],
    on: ['v6.18', 'v6.4', 'v5.16'],
    program: [EXEC_0, PASS_TO_PAUSE, 'recovery_ratio ratio=2'],
    kernel: {
      set_nx_huge_pages_recovery_param: unless_busy(OPS.set_nx_huge_pages_recovery_param, taken_and_forgotten),
    },
  },
  {
    name: 'the mitigation is not switched off while a pass is under way',
    breaks: ['parameters-are-taken-or-refused'],
    on: ['v6.18', 'v6.1'],
    program: [EXEC_0, PASS_TO_PAUSE, 'nx_huge_pages on=0'],
    kernel: { set_nx_huge_pages: unless_busy(OPS.set_nx_huge_pages, taken_and_forgotten) },
  },
  {
    name: 'a write that is refused while a pass is under way',
    breaks: ['parameters-are-taken-or-refused'],
    on: ['v6.18'],
    program: [EXEC_0, PASS_TO_PAUSE, 'recovery_period ms=1000'],
    kernel: { may_write_params: (kvm) => !is_busy(kvm) && OPS.may_write_params(kvm) },
  },
  {
    name: 'dirty logging that is asked for while anything is paused never starts',
    breaks: ['slots-are-as-userspace-has-them'],
    why: 'writes that are not logged are lost in a migration; no kernel had this defect',
    on: ['v6.18', 'v6.1', 'v5.12'],
    program: [EXEC_0, 'guest_exec mmu=tdp page=1 offset=0', 'recover ratio=1 pause=1', 'dirty_log on=1'],
    kernel: { start_dirty_logging: unless_busy(OPS.start_dirty_logging) },
  },
  {
    name: 'a dirty bit is cleared, and its page stays writable',
    breaks: ['dirty-logging-write-protects'],
    why: 'the next write to the page is lost when the VM moves to another host; no kernel came to that',
    on: ['v6.18', 'v5.5'],
    program: ['dirty_log on=1', 'guest_write mmu=tdp page=0 offset=0', 'clear_dirty_log size=4k page=0 offset=0'],
    kernel: { kvm_arch_mmu_enable_log_dirty_pt_masked: () => {} },
  },
  {
    name: 'dirty logging that is to stop while a fault is under way goes on',
    breaks: ['slots-are-as-userspace-has-them'],
    on: ['v6.18', 'v6.2'],
    program: ['dirty_log on=1', 'guest_exec mmu=tdp page=8 offset=0 pause=1', 'dirty_log on=0'],
    kernel: { stop_dirty_logging: unless_busy(OPS.stop_dirty_logging) },
  },
  {
    name: 'a slot that is to be moved while a fault is under way stays',
    breaks: ['slots-are-as-userspace-has-them'],
    on: ['v6.18', 'v6.4'],
    program: ['guest_exec mmu=tdp page=8 offset=0 pause=1', 'move_slot to=away'],
    kernel: { kvm_move_memslot: unless_busy(OPS.kvm_move_memslot) },
  },
  {
    name: 'a slot that is moved ends beside the place that was asked for',
    breaks: ['slots-are-as-userspace-has-them'],
    on: ['v6.18', 'v5.5'],
    program: ['move_slot to=away'],
    kernel: { kvm_move_memslot: (kvm, slot, page) => OPS.kvm_move_memslot(kvm, slot, page + 1) },
  },
  {
    name: 'a slot that is to be deleted while a toggle is under way stays',
    breaks: ['slots-are-as-userspace-has-them'],
    on: ['v6.18', 'v5.18'],
    program: [EXEC_0, 'nx_huge_pages on=0 pause=1', 'delete_slot slot=1'],
    kernel: { kvm_delete_memslot: unless_busy(OPS.kvm_delete_memslot) },
  },
  {
    name: 'a slot that is created while a pass is under way is not there',
    breaks: ['slots-are-as-userspace-has-them'],
    on: ['v6.18'],
    program: ['delete_slot slot=1', EXEC_0, PASS_TO_PAUSE, 'create_slot slot=1 backing=1g'],
    kernel: {
      kvm_create_memslot(kvm, slot) {
        if (!is_busy(kvm)) OPS.kvm_create_memslot(kvm, slot);
      },
    },
  },
  {
    name: 'a slot that is created anew logs no more',
    breaks: ['slots-are-as-userspace-has-them'],
    on: ['v6.18', 'v5.10'],
    program: ['dirty_log on=1', 'recreate_slot'],
    kernel: {
      kvm_create_memslot(kvm, slot) {
        OPS.kvm_create_memslot(kvm, slot);
        slot.dirty_log = false;
      },
    },
  },
  {
    name: 'a worker whose creation fails while memslots change is never created',
    breaks: ['one-worker-for-each-vm'],
    on: ['v6.18'],
    program: ['dirty_log on=1 pause=1', EXEC_0],
    kernel: { kvm_mmu_start_lpage_recovery: (kvm) => is_busy(kvm) || OPS.kvm_mmu_start_lpage_recovery(kvm) },
  },
  {
    name: 'a VM has a worker although the mitigation is off for good',
    breaks: ['one-worker-for-each-vm'],
    on: ['v6.4'],
    program: ['destroy_vm never=1'],
    kernel: { may_have_worker: () => true },
  },
  {
    name: 'the first KVM_RUN creates a worker although the mitigation is off for good',
    breaks: ['one-worker-for-each-vm'],
    on: ['v6.18'],
    program: ['destroy_vm never=1', EXEC_0],
    kernel: { may_have_worker: () => true },
  },
  {
    name: 'an exemption that leaks to another VM',
    breaks: ['no-executable-huge-leaf'],
    on: ['v6.18'],
    program: ['other_vm do=create', 'destroy_vm exempt=1', EXEC_0, 'other_vm do=exec'],
    kernel: LEAKS_EXEMPTION,
  },
  {
    name: 'an exemption that the next VM has, too',
    breaks: ['no-executable-huge-leaf'],
    on: ['v6.1'],
    program: ['destroy_vm exempt=1', EXEC_0, 'destroy_vm', EXEC_0],
    kernel: LEAKS_EXEMPTION,
  },
  {
    name: 'a slot that is created forgets what userspace has said of its pages',
    breaks: ['vms-are-as-userspace-set-them'],
    on: ['v6.18', 'v6.18-without-tdp-mmu'],
    program: ['attributes page=0 offset=0 private=1', 'recreate_slot'],
    kernel: {
      kvm_create_memslot(kvm, slot) {
        OPS.kvm_create_memslot(kvm, slot);
        const end = slot.base_gfn + slot.npages;
        kvm.mem_attr_array = kvm.mem_attr_array.filter((gfn) => gfn < slot.base_gfn || gfn >= end);
      },
    },
  },
];
