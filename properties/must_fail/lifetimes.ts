/** Pages that are freed too early, twice or never, and workers that are created twice or never end. */
import * as nx from '../../models/kernel/nx_huge_pages';
import { forget_sp, free_sps, write_spte } from '../../models/kernel/sp';
import { zap_gfn_range } from '../../models/kernel/tdp_mmu';
import { flag_link_track } from '../../models/kernel/tdp_mmu_map';
import { try_to_start_worker } from '../../models/kernel/worker_life';
import type { NegativeTest } from './negative_test';

export const OF_LIFETIMES: readonly NegativeTest[] = [
  {
    name: 'a page freed while it is listed',
    kernel: { tdp_mmu_unlink_sp: () => {} },
    program: ['guest_exec mmu=tdp page=0 offset=0', 'nx_huge_pages on=0', 'nx_huge_pages on=1', 'recover ratio=1'],
    verdict: 'recovery takes shadow page 3 from the list after it was freed',
  },
  {
    name: 'a listed page that is not flagged',
    kernel: {
      to_zap(kvm) {
        for (const sp of kvm.sps) sp.nx_huge_page_disallowed = false;
        return 1;
      },
    },
    verdict: 'recovery takes a page that is not flagged (WARN_ON)',
  },
  {
    name: 'a page removed twice',
    kernel: {
      tdp_mmu_unlink_sp(kvm, sp) {
        nx.tdp_mmu_unlink_sp(kvm, sp);
        forget_sp(kvm, sp);
      },
    },
    verdict: "KernelOops: list_del of shadow page 3, which is not among the VM's pages",
  },
  {
    name: 'a page freed twice',
    kernel: {
      tdp_mmu_unlink_sp(kvm, sp) {
        nx.tdp_mmu_unlink_sp(kvm, sp);
        kvm.rcu_frees.push(sp);
      },
    },
    verdict: 'shadow page 3 is freed twice',
  },
  {
    name: 'a page freed while a pass is at work on it',
    program: ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1 pause=1', 'guest_exec mmu=tdp page=1 offset=0'],
    kernel: {
      *tdp_mmu_install_child(kvm, fault, sp, index, level) {
        for (const { sp: needed } of kvm.paused) if (needed) free_sps(kvm, [needed]);
        return yield* flag_link_track(kvm, fault, sp, index, level);
      },
    },
    verdict: 'shadow page 3 is freed while the worker is at work on it',
  },
  {
    name: 'what stands where a page stood that recovery took is zapped',
    program: [
      'guest_exec mmu=tdp page=0 offset=0',
      'recover ratio=1 pause=1',
      'guest_read mmu=tdp page=0 offset=1 vcpu=1',
      'resume thread=worker',
    ],
    kernel: { tdp_mmu_zap_for_recovery: (kvm, { gfn }) => zap_gfn_range(kvm, gfn, gfn + 4) },
    verdict: 'recovery zaps the page that has replaced shadow page 3',
  },
  {
    name: 'an SPTE written in a freed page',
    kernel: {
      tdp_mmu_zap_for_recovery(kvm, sp) {
        sp.freed = true;
        write_spte(kvm, sp, 0, 1, 0);
        return true;
      },
    },
    verdict: 'KernelOops: an SPTE is written in shadow page 3, which has been freed',
  },
  {
    name: 'a worker that is not stopped when its VM ends',
    kernel: { kvm_mmu_pre_destroy_vm: () => {} },
    program: ['guest_read mmu=tdp page=0 offset=0', 'destroy_vm'],
    verdict: 'the worker outlives its VM',
  },
  {
    name: 'a worker that destroys its VM before it has said that it exits',
    kernel: { vhost_task_exits: () => {} },
    program: ['guest_read mmu=tdp page=0 offset=0', 'exit_process'],
    verdict: 'KernelHang: the worker destroys its VM and waits for its own end',
  },
  {
    name: 'a worker created twice',
    kernel: { create_worker_once: (kvm) => try_to_start_worker(kvm) },
    verdict: 'a second worker is created for the VM',
  },
];
