/** Faults in recovery passes that show when other commands interleave. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { mmu_unlock, rcu_read_unlock } from '../../models/kernel/lock';
import * as nx_pass from '../../models/kernel/nx_pass';
import { KVM_PAGES_PER_HPAGE } from '../../models/kernel/spte';
import { kvm_tdp_mmu_zap_sp, tdp_mmu_set_spte, zap_gfn_range } from '../../models/kernel/tdp_mmu';
import type { Kvm, kvm_mmu_page, Task } from '../../models/kernel/types';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;
const exec = (page: number): string => `guest_exec mmu=tdp page=${page} offset=0`;
const is_interrupted = ({ running }: Kvm): boolean => running.pass?.interrupted ?? false;

/** A pass that was not asked for and is not due. */
function* one_pass_more(kvm: Kvm): Task {
  nx_pass.begin_pass(kvm, false);
  yield* kvm.ops.recover_nx_huge_pages(kvm, kvm.params.recovery_ratio);
  nx_pass.end_pass(kvm);
}

/** Zaps the page and, if others ran in between, also its neighbour. */
function zap_with_its_neighbour(kvm: Kvm, sp: kvm_mmu_page): boolean {
  const [ptep] = sp.parent_ptes;
  const zapped = kvm_tdp_mmu_zap_sp(kvm, sp);
  if (ptep && is_interrupted(kvm)) tdp_mmu_set_spte(kvm, ptep.sp, ptep.index ^ 1, sp.role.level + 1, 0);
  return zapped;
}

export const FAULTS_OF_PASSES: readonly SeededFault[] = [
  {
    name: 'a page that was taken is not zapped if another CPU came in between',
    breaks: ['passes-zap-only-what-they-take'],
    on: ['v6.18'],
    program: [exec(0), 'recover ratio=1 pause=1', 'resume thread=worker'],
    kernel: { tdp_mmu_zap_for_recovery: (kvm, sp) => !is_interrupted(kvm) && kvm_tdp_mmu_zap_sp(kvm, sp) },
  },
  {
    name: 'only the first page that a pass takes is zapped if another CPU came in between',
    breaks: ['passes-zap-only-what-they-take'],
    on: ['v6.1', 'v6.4'],
    program: [exec(0), exec(1), 'recover ratio=1 pause=1', 'resume thread=worker'],
    kernel: { tdp_mmu_zap_for_recovery: (kvm, sp) => !is_interrupted(kvm) && kvm_tdp_mmu_zap_sp(kvm, sp) },
  },
  {
    name: "a pass zaps the page's range in every root, what has taken its place in a new one, too",
    breaks: ['passes-zap-only-what-they-take'],
    on: ['v6.1', 'v5.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', 'guest_read mmu=tdp page=4 offset=0', 'recover ratio=1'],
    kernel: {
      tdp_mmu_zap_for_recovery: (kvm, sp) =>
        zap_gfn_range(kvm, sp.gfn, sp.gfn + KVM_PAGES_PER_HPAGE(kvm.world.fan_out, sp.role.level + 1)),
    },
  },
  {
    name: 'what is next to a page goes along if another CPU came in between',
    breaks: ['passes-zap-only-what-they-take'],
    on: ['v6.18'],
    program: [exec(0), exec(1), 'recover ratio=2 pause=1', 'resume thread=worker'],
    kernel: { tdp_mmu_zap_for_recovery: zap_with_its_neighbour },
  },
  {
    name: 'a page of a dirty-logged slot is zapped if another CPU came in between',
    breaks: ['dirty-logged-tables-stay'],
    on: ['v6.18'],
    program: [exec(0), 'dirty_log on=1', 'recover ratio=1 pause=1', 'resume thread=worker'],
    kernel: {
      unaccount_nx_huge_page(kvm, sp) {
        OPS.unaccount_nx_huge_page(kvm, sp);
      },
      *recover_nx_huge_pages(kvm, ratio) {
        yield* OPS.recover_nx_huge_pages(kvm, ratio);
        if (!is_interrupted(kvm)) return;
        for (const { taken } of kvm.running.pass?.lists ?? []) for (const { gfn } of taken) zap_late(kvm, gfn);
      },
    },
  },
  {
    name: 'a pass forgets that it owes a flush',
    breaks: ['passes-flush-what-they-zap', 'nothing-reachable-unflushed'],
    on: ['v6.18', 'v5.12'],
    program: [exec(0), 'recover ratio=1'],
    kernel: { accumulate_flush() {} },
  },
  {
    name: 'a pass that reschedules drops its lock before it flushes',
    breaks: ['nothing-reachable-unflushed'],
    on: ['v6.1', 'v6.4'],
    program: [exec(0), exec(1), 'recover ratio=1 pause=1'],
    kernel: {
      recovery_cond_resched(kvm) {
        rcu_read_unlock(kvm);
        mmu_unlock(kvm);
      },
    },
  },
  {
    name: 'a pass that reschedules forgets what it owes',
    breaks: ['passes-flush-what-they-zap'],
    on: ['v5.16'],
    program: [exec(0), exec(1), 'recover ratio=1 pause=1', 'resume thread=worker'],
    kernel: {
      tdp_mmu_zap_for_recovery(kvm, sp) {
        const zapped = kvm_tdp_mmu_zap_sp(kvm, sp);
        kvm.tlb = [];
        return zapped && is_interrupted(kvm) ? false : zapped;
      },
    },
  },
  {
    name: 'one pass more than is due while a fault is paused',
    breaks: ['passes-come-when-due'],
    on: ['v6.18', 'v6.1'],
    program: [exec(0), 'guest_exec mmu=tdp page=8 offset=0 pause=1', 'recovery_ratio ratio=61'],
    kernel: {
      *kvm_wake_nx_recovery_thread(kvm) {
        if (kvm.paused.length > 0) yield* one_pass_more(kvm);
        else yield* OPS.kvm_wake_nx_recovery_thread(kvm);
      },
    },
  },
  {
    name: 'a worker that is not woken while a fault is paused',
    breaks: ['passes-come-when-due'],
    on: ['v6.18', 'v6.1'],
    program: [exec(0), 'wait until=before_due', exec(8).concat(' pause=1'), 'recovery_ratio ratio=3600'],
    kernel: {
      *kvm_wake_nx_recovery_thread(kvm) {
        if (kvm.paused.length === 0) yield* OPS.kvm_wake_nx_recovery_thread(kvm);
      },
    },
  },
  {
    name: 'a pass by the clock at the usual ratio, whatever was written',
    breaks: ['passes-take-their-share'],
    on: ['v6.18'],
    program: [exec(0), exec(1), 'recovery_ratio ratio=1', exec(8).concat(' pause=1'), 'wait until=due'],
    kernel: { recover_nx_huge_pages: (kvm, ratio) => OPS.recover_nx_huge_pages(kvm, ratio === 1 ? 60 : ratio) },
  },
  {
    name: 'the sum of DIV_ROUND_UP() wraps in a u32, so that a large ratio takes nothing',
    breaks: ['to-zap-nonzero-when-splits-exist', 'passes-take-their-share'],
    on: ['v6.18', 'v5.5'],
    program: [exec(0), exec(1), 'recover ratio=4294967295'],
    kernel: {
      to_zap(kvm, list, ratio) {
        const nr_pages = kvm.lists[list]?.nr_pages ?? 0;
        return ratio ? Math.floor(((nr_pages + ratio - 1) >>> 0) / ratio) : 0;
      },
    },
  },
  {
    name: 'a pass that has yielded computes its share again from what is left',
    breaks: ['passes-take-their-share'],
    on: ['v6.1', 'v6.4', 'v5.5'],
    program: [exec(0), exec(1), exec(2), 'recover ratio=2 pause=1', 'resume thread=worker'],
    kernel: {
      recovery_cond_resched(kvm) {
        OPS.recovery_cond_resched(kvm);
        const { running } = kvm;
        const again = running.list ? kvm.ops.to_zap(kvm, running.list.list, running.list.ratio) : 0;
        if (again < running.left) running.left = again;
      },
    },
  },
];

/** Zaps the table that was left linked at this gfn. */
function zap_late(kvm: Kvm, gfn: number): void {
  const sp = kvm.sps.find((one) => one.gfn === gfn && one.tdp_mmu_page && one.role.level === 1);
  if (!sp) return;
  kvm.running.held |= 4;
  kvm_tdp_mmu_zap_sp(kvm, sp);
  kvm.running.held &= ~4;
}
