/** Faults in reclaim, write flooding and the limit of shadow pages: too many pages go, or too few. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { drop_parent_pte } from '../../models/kernel/mmu';
import { n_used_mmu_pages } from '../../models/kernel/mmu_limit';
import { is_table } from '../../models/kernel/spte';
import type { Kvm, kvm_mmu_page } from '../../models/kernel/types';
import { ROOT_LEVEL } from '../../models/world/world';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;
const nested = (page: number): string => `guest_exec mmu=shadow page=${page} offset=0`;
const zap_oldest = (by: (n: number) => number) => (kvm: Kvm, n: number) =>
  OPS.kvm_mmu_zap_oldest_mmu_pages(kvm, n > 0 ? by(n) : n);
const TWO_TREES = [nested(0), nested(4)];

/** Unlinks what the entries of the root lead to, and leaves it in the hash. */
function cut_off_all(kvm: Kvm, root: kvm_mmu_page): void {
  kvm.running.held |= 8;
  root.spt.forEach((spte, index) => {
    if (is_table(spte, ROOT_LEVEL)) drop_parent_pte(kvm, root, index, ROOT_LEVEL);
  });
  kvm.running.held &= ~8;
}

export const FAULTS_OF_LIMITS: readonly SeededFault[] = [
  {
    name: 'reclaim takes one page more than it must',
    breaks: ['reclaim-takes-what-it-must'],
    why: 'the reference follows which pages go, so only this claim checks how many; kernels take more only where several pages have one age',
    on: ['v6.18', 'v5.5'],
    program: [...TWO_TREES, 'reclaim pages=2'],
    kernel: { kvm_mmu_zap_oldest_mmu_pages: zap_oldest((n) => n + 1) },
  },
  {
    name: 'reclaim takes one page less than it must',
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v6.18', 'v6.1'],
    program: [...TWO_TREES, 'reclaim pages=3'],
    kernel: { kvm_mmu_zap_oldest_mmu_pages: zap_oldest((n) => n - 1) },
  },
  {
    name: 'reclaim takes all pages',
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v6.18'],
    program: [...TWO_TREES, 'reclaim pages=1'],
    kernel: { kvm_mmu_zap_oldest_mmu_pages: zap_oldest(() => 1024) },
  },
  {
    name: 'reclaim takes all pages while a command is paused',
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v6.18'],
    program: [...TWO_TREES, 'recover ratio=2 pause=1', 'reclaim pages=1'],
    kernel: {
      kvm_mmu_zap_oldest_mmu_pages: (kvm, n) =>
        OPS.kvm_mmu_zap_oldest_mmu_pages(kvm, n > 0 && kvm.paused.length > 0 ? 1024 : n),
    },
  },
  {
    name: 'room is made where none is needed',
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v6.18', 'v5.5'],
    program: ['nr_mmu_pages pages=6', ...TWO_TREES, nested(1)],
    kernel: {
      make_mmu_pages_available: (kvm) =>
        kvm.ops.kvm_mmu_zap_oldest_mmu_pages(kvm, n_used_mmu_pages(kvm) - kvm.n_max_mmu_pages + 3),
    },
  },
  {
    name: 'a fault makes no room',
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v6.18', 'v6.1', 'v5.5'],
    program: ['nr_mmu_pages pages=2', nested(0), nested(1)],
    kernel: { make_mmu_pages_available() {} },
  },
  {
    name: 'a fault makes no room while a command is paused',
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v6.18'],
    program: ['nr_mmu_pages pages=1', nested(0), 'recover ratio=1 pause=1', nested(1)],
    kernel: {
      make_mmu_pages_available(kvm) {
        if (kvm.paused.length === 0) OPS.make_mmu_pages_available(kvm);
      },
    },
  },
  {
    name: 'a lower limit takes nothing',
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v6.18'],
    program: [...TWO_TREES, 'nr_mmu_pages pages=2'],
    kernel: {
      kvm_mmu_change_mmu_pages(kvm, goal) {
        kvm.n_max_mmu_pages = goal;
      },
    },
  },
  {
    name: 'a limit is set one too high',
    breaks: ['vms-are-as-userspace-set-them'],
    why: 'only this claim notices a limit that is ignored; no kernel had this defect',
    on: ['v6.18'],
    program: ['nr_mmu_pages pages=4'],
    kernel: { kvm_mmu_change_mmu_pages: (kvm, goal) => OPS.kvm_mmu_change_mmu_pages(kvm, goal + 1) },
  },
  {
    name: 'a limit that is set while a pass is under way is lost',
    breaks: ['vms-are-as-userspace-set-them'],
    on: ['v6.18'],
    program: ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1 pause=1', 'nr_mmu_pages pages=4'],
    kernel: {
      kvm_mmu_change_mmu_pages(kvm, goal) {
        if (kvm.paused.length === 0) OPS.kvm_mmu_change_mmu_pages(kvm, goal);
      },
    },
  },
  {
    name: 'a flood leaves the children of the root that it zaps',
    breaks: ['mapped-as-the-reference-has-it'],
    on: ['v6.18', 'v5.10'],
    program: [nested(8), ...[0, 4, 24].map((page) => `clear_gpte_dirty mmu=shadow page=${page}`)],
    kernel: {
      kvm_mmu_track_write(kvm, mmu, root, index) {
        if (root.write_flooding_count >= 2) cut_off_all(kvm, root);
        OPS.kvm_mmu_track_write(kvm, mmu, root, index);
      },
    },
  },
  {
    name: 'a table is taken for flooded one write too early',
    breaks: ['mapped-as-the-reference-has-it'],
    on: ['v6.18'],
    program: [nested(8), ...[0, 4].map((page) => `clear_gpte_dirty mmu=shadow page=${page}`)],
    kernel: { detect_write_flooding: (root) => ++root.write_flooding_count >= 2 },
  },
  {
    name: "the pages of all VMs are held against one VM's limit",
    breaks: ['reclaim-takes-what-it-must'],
    on: ['v5.5'],
    program: ['other_vm do=exec', 'nr_mmu_pages pages=3', nested(0), nested(1)],
    kernel: {
      make_mmu_pages_available: (kvm) =>
        kvm.ops.kvm_mmu_zap_oldest_mmu_pages(kvm, kvm.params.kvm_total_used_mmu_pages - kvm.n_max_mmu_pages + 1),
    },
  },
];
