/** Faults about when the worker is woken, and when its next pass is due. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { list_empty } from '../../models/kernel/list';
import type { Kvm } from '../../models/kernel/types';
import { next_pass_due } from '../../models/kernel/worker';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;

/** The VMs that a walk over vm_list reaches if one without a worker ends it. */
function up_to_one_without_worker(kvm: Kvm): readonly Kvm[] {
  const all = OPS.vm_list(kvm);
  const first = all.findIndex(({ worker }) => !worker.alive);
  return first < 0 ? all : all.slice(0, first);
}

export const FAULTS_OF_WORKERS: readonly SeededFault[] = [
  {
    name: 'the period is computed in whole seconds',
    breaks: ['passes-come-when-due'],
    on: ['v6.18', 'v5.16'],
    program: ['guest_read mmu=tdp page=0 offset=0', 'recovery_ratio ratio=7', 'wait until=before_due'],
    kernel: {
      recovery_period(kvm) {
        const { nx_huge_pages, recovery_ratio, recovery_period_ms } = kvm.params;
        if (!nx_huge_pages || recovery_ratio === 0) return null;
        return recovery_period_ms || Math.floor(3600 / Math.min(recovery_ratio, 3600)) * 1000;
      },
    },
  },
  {
    name: 'a VM that has no worker yet ends the walk over all VMs',
    breaks: ['passes-come-when-due'],
    why: 'a VM that has never run must not keep others from recovering; no kernel had this defect',
    on: ['v6.18'],
    program: [
      'guest_read mmu=tdp page=0 offset=0',
      'other_vm do=create',
      'wait until=before_due',
      'recovery_period ms=1000',
    ],
    kernel: { vm_list: up_to_one_without_worker },
  },
  {
    name: 'the first period of a worker does not begin when it starts',
    breaks: ['passes-come-when-due'],
    on: ['v6.18', 'v5.5'],
    program: [
      'guest_read mmu=tdp page=0 offset=0',
      'wait until=before_due',
      'destroy_vm',
      'guest_read mmu=tdp page=0 offset=0',
      'wait until=before_due',
    ],
    kernel: {
      kvm_mmu_start_lpage_recovery(kvm) {
        if (!OPS.kvm_mmu_start_lpage_recovery(kvm)) return false;
        kvm.worker.last = 0;
        kvm.worker.sleeps_until = Math.max(kvm.now, next_pass_due(kvm));
        return true;
      },
    },
  },
  {
    name: 'a worker that has nothing to zap is not woken, and sleeps on for the old period',
    breaks: ['passes-come-when-due'],
    on: ['v6.18', 'v6.1'],
    program: ['guest_read mmu=tdp page=0 offset=0', 'wait until=before_due', 'recovery_ratio ratio=3600'],
    kernel: {
      *kvm_wake_nx_recovery_thread(kvm) {
        if (!kvm.lists.every(({ pages }) => list_empty(pages))) yield* OPS.kvm_wake_nx_recovery_thread(kvm);
      },
    },
  },
];
