/** Zapped without a flush, while a TLB still has the translation. */
import type { KernelOps } from '../../models/kernel/ops';
import { write_spte } from '../../models/kernel/sp';
import { is_leaf } from '../../models/kernel/spte';
import { kvm_tdp_mmu_zap_sp, tdp_mmu_link_sp } from '../../models/kernel/tdp_mmu';
import { tdp_mmu_alloc_for_fault } from '../../models/kernel/tdp_mmu_map';
import { kvm_flush_remote_tlbs, kvm_flush_remote_tlbs_range } from '../../models/kernel/tlb';
import type { Kvm, kvm_mmu_page } from '../../models/kernel/types';
import type { NegativeTest } from './negative_test';

/** A pass that zaps in this way and does not flush. */
const forgets = (zap: (kvm: Kvm, sp: kvm_mmu_page) => void): Partial<KernelOps> => ({
  tdp_mmu_zap_for_recovery(kvm, sp) {
    zap(kvm, sp);
    return false;
  },
});

/** A pass that flushes a range: exactly what `range` returns, and no page more. */
const by_range = (range: (sp: kvm_mmu_page) => readonly [number, number]): Partial<KernelOps> =>
  forgets((kvm, sp) => {
    if (kvm_tdp_mmu_zap_sp(kvm, sp)) kvm_flush_remote_tlbs_range(kvm, ...range(sp));
  });

const TWO_SPLITS = ['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=tdp page=1 offset=0', 'recover ratio=1'];

/** A split that is in no TLB: where logging begins, all TLBs are flushed. */
const NOT_CACHED = ['guest_exec mmu=tdp page=0 offset=0', 'dirty_log on=1 slot=1', 'recover ratio=1'];

/** A fault that does not fill the table which it puts over a huge leaf. */
const empty_table_over_a_leaf = (flush: (kvm: Kvm) => void): Partial<KernelOps> => ({
  *tdp_mmu_install_child(kvm, fault, sp, index, level) {
    const child = tdp_mmu_alloc_for_fault(kvm, fault, sp, index, level);
    child.nx_huge_page_disallowed = fault.huge_page_disallowed;
    const is_over_a_leaf = is_leaf(sp.spt[index] ?? 0, level);
    tdp_mmu_link_sp(kvm, sp, index, level, child);
    if (is_over_a_leaf) flush(kvm);
    yield 'spte_published';
    return child;
  },
});

const EXEC_IN_A_HUGE_PAGE = ['guest_read mmu=tdp page=2 offset=0', 'guest_exec mmu=tdp page=2 offset=0 vcpu=1'];

export const OF_FLUSHES: readonly NegativeTest[] = [
  {
    name: 'a pass that flushes by range what it zaps: allowed',
    kernel: by_range(({ gfn }) => [gfn, 4]),
    program: TWO_SPLITS,
    verdict: null,
  },
  {
    name: 'a pass that flushes a range of one page too few',
    kernel: by_range(({ gfn }) => [gfn, 3]),
    program: ['guest_exec mmu=tdp page=0 offset=3', ...TWO_SPLITS],
    verdict: 'vCPU 0 can still reach the 4K page at gfn 3 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'a pass that flushes the neighbouring range',
    kernel: by_range(({ gfn }) => [gfn + 4, 4]),
    program: TWO_SPLITS,
    verdict: 'vCPU 0 can still reach the 4K page at gfn 0 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'a pass that drops what TLBs hold by itself: allowed',
    kernel: forgets((kvm, sp) => {
      const { gfn } = sp;
      if (kvm_tdp_mmu_zap_sp(kvm, sp)) kvm.tlb = kvm.tlb.filter((entry) => entry.gfn < gfn || entry.gfn >= gfn + 4);
    }),
    program: TWO_SPLITS,
    verdict: null,
  },
  {
    name: 'a pass that forgets its flush; a 2M page in a TLB is granted by all of its 4K pages',
    kernel: forgets((kvm, sp) => kvm_tdp_mmu_zap_sp(kvm, sp)),
    program: [
      'guest_read mmu=tdp page=2 offset=0 vcpu=1',
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_exec mmu=tdp page=2 offset=0',
      'recover ratio=2',
    ],
    verdict: 'vCPU 0 can still reach the 4K page at gfn 0 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'a pass that forgets its flush; a 1G page in a TLB is granted by all of its 4K pages',
    kernel: forgets((kvm, sp) => kvm_tdp_mmu_zap_sp(kvm, sp)),
    program: [
      'guest_read mmu=tdp page=8 offset=0 vcpu=1',
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_exec mmu=tdp page=8 offset=0',
      'recover ratio=4',
    ],
    verdict: 'vCPU 0 can still reach the 4K page at gfn 0 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'a pass that forgets its flush, of what no TLB holds any more',
    kernel: forgets((kvm, sp) => kvm_tdp_mmu_zap_sp(kvm, sp)),
    program: NOT_CACHED,
    verdict: '2 SPTEs zapped and not flushed when the pass ended',
  },
  {
    name: 'a pass that flushes by range what no TLB holds any more: allowed',
    kernel: by_range(({ gfn }) => [gfn, 4]),
    program: NOT_CACHED,
    verdict: null,
  },
  {
    name: 'a pass that flushes a range of one page too few, of what no TLB holds any more',
    kernel: by_range(({ gfn }) => [gfn, 3]),
    program: NOT_CACHED,
    verdict: '1 SPTEs zapped and not flushed when the pass ended',
  },
  {
    name: 'a pass that flushes the neighbouring range, of what no TLB holds any more',
    kernel: by_range(({ gfn }) => [gfn + 4, 4]),
    program: NOT_CACHED,
    verdict: '2 SPTEs zapped and not flushed when the pass ended',
  },
  {
    name: 'one 4K page zapped and not flushed, of a 1G page in a TLB',
    kernel: forgets((kvm, sp) => {
      if (sp.role.level === 1) write_spte(kvm, sp, 3, 1, 0);
    }),
    program: ['guest_read mmu=tdp page=8 offset=0', 'guest_exec mmu=tdp page=8 offset=0 vcpu=1', 'recover ratio=1'],
    verdict: 'vCPU 0 can still reach the 1G page at gfn 32 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'one 4K page zapped and not flushed, of a 2M page in a TLB',
    kernel: forgets((kvm, sp) => write_spte(kvm, sp, 3, 1, 0)),
    program: ['guest_read mmu=tdp page=2 offset=0', 'guest_exec mmu=tdp page=2 offset=0 vcpu=1', 'recover ratio=1'],
    verdict: 'vCPU 0 can still reach the 2M page at gfn 8 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'an empty table over a huge leaf that nobody flushes',
    kernel: empty_table_over_a_leaf(() => {}),
    program: EXEC_IN_A_HUGE_PAGE,
    verdict: 'vCPU 0 can still reach the 2M page at gfn 8 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'an empty table over a huge leaf, and a flush: allowed',
    kernel: empty_table_over_a_leaf(kvm_flush_remote_tlbs),
    program: EXEC_IN_A_HUGE_PAGE,
    verdict: null,
  },
];
