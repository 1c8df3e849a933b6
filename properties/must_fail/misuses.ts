/** Rules of the kernel's own, each broken on purpose by one function: the verdict must name the rule. */

import { known } from '../../harness/errors';
import { parse_program } from '../../harness/program/text';
import { run } from '../../harness/run/run';
import { bounds_of, COMMANDS, VARIANTS } from '../../models/catalogue/catalogue';
import { list_add_tail, list_del_init, list_empty, zeroed_list_head } from '../../models/kernel/list';
import {
  lock_pages,
  lock_slots,
  mmu_unlock,
  read_lock,
  srcu_read_lock,
  synchronize_srcu,
  unlock_slots,
  write_lock,
} from '../../models/kernel/lock';
import * as nx from '../../models/kernel/nx_huge_pages';
import type { KernelOps } from '../../models/kernel/ops';
import { forget_sp, free_sps, write_spte } from '../../models/kernel/sp';
import { flag_link_track, kvm_tdp_mmu_zap_sp, zap_gfn_range } from '../../models/kernel/tdp_mmu';
import type { Kvm, kvm_mmu_page, list_head } from '../../models/kernel/types';
import { try_to_start_worker } from '../../models/kernel/worker_life';
import { start_session } from '../../models/lockstep/session';
import { SMALL_WORLD } from '../../models/world/world';
import { CLAIMS } from '../claims';

export interface Misuse {
  readonly name: string;
  readonly kernel: Partial<KernelOps>;
  /** What is run, if not PROGRAM. */
  readonly program?: readonly string[];
  /** What the first breach says; null where the rule allows it. */
  readonly verdict: string | null;
}

/** A page is tracked as ever, but the lists are spoilt before, or after. */
const before = (spoil: (head: list_head, sp: kvm_mmu_page) => void): Partial<KernelOps> => ({
  track_possible_nx_huge_page(kvm, sp, type) {
    if (nx.pages_of(kvm, type).next?.page) spoil(nx.pages_of(kvm, type), sp);
    nx.track_possible_nx_huge_page(kvm, sp, type);
  },
});
const after = (spoil: (head: list_head, link: list_head) => void): Partial<KernelOps> => ({
  track_possible_nx_huge_page(kvm, sp, type) {
    nx.track_possible_nx_huge_page(kvm, sp, type);
    spoil(nx.pages_of(kvm, type), sp.possible_nx_huge_page_link);
  },
});
const untracked = (spoil: (link: list_head) => void): Partial<KernelOps> => ({
  untrack_possible_nx_huge_page(kvm, sp, type) {
    if (list_empty(sp.possible_nx_huge_page_link)) return;
    spoil(sp.possible_nx_huge_page_link);
    nx.remove_from_book(kvm, sp, type);
  },
});

/** Somebody else's `list_head`. */
const stranger = (): list_head => zeroed_list_head(null);

const UNINITIALISED = 'KernelOops: list_add to a list head that was never initialised (NULL)';
const LISTED = 'KernelOops: list_add of a page that is on a list already';
const ADD_CORRUPTED = 'KernelOops: list_add finds the list corrupted';
const UNLISTED = 'KernelOops: list_del of a page that is on no list';
const DEL_CORRUPTED = 'KernelOops: list_del finds the list corrupted';
const CORRUPTED = 'the list of possible_nx_huge_pages[KVM_TDP_MMU] is corrupted';
const twice_text = (lock: string): string => `KernelHang: deadlock: ${lock} is asked for by who holds ${lock}`;

/** Done where the mitigation is switched off. */
const toggle = (misuse: (kvm: Kvm) => void): Partial<KernelOps> => ({
  *zap_all_on_toggle(kvm) {
    yield* [];
    misuse(kvm);
  },
});

/** A pass that zaps in this way, and does not flush. */
const forgets = (zap: (kvm: Kvm, sp: kvm_mmu_page) => void): Partial<KernelOps> => ({
  tdp_mmu_zap_for_recovery(kvm, sp) {
    zap(kvm, sp);
    return false;
  },
});

const twice = (call: (kvm: Kvm) => void) => (kvm: Kvm) => {
  call(kvm);
  call(kvm);
};

export const MISUSES: readonly Misuse[] = [
  {
    name: 'a head without prev',
    kernel: before((head) => Object.assign(head, { prev: null })),
    verdict: UNINITIALISED,
  },
  { name: 'a page added twice', kernel: before((head, sp) => add_unasked(head, sp)), verdict: LISTED },
  {
    name: 'a tail that leads elsewhere',
    kernel: before((head) => Object.assign(head.prev ?? {}, { next: stranger() })),
    verdict: ADD_CORRUPTED,
  },
  {
    name: 'a zeroed link is added: no misuse',
    kernel: {
      track_possible_nx_huge_page(kvm, sp, type) {
        if (!list_empty(sp.possible_nx_huge_page_link)) return;
        sp.possible_nx_huge_page_link.next = null;
        kvm.stat.nx_lpage_splits++;
        nx.add_to_book(kvm, sp, type);
      },
    },
    verdict: null,
  },
  { name: 'a page taken off twice', kernel: untracked(list_del_init), verdict: UNLISTED },
  { name: 'a link without next', kernel: untracked((link) => Object.assign(link, { next: null })), verdict: UNLISTED },
  { name: 'a link without prev', kernel: untracked((link) => Object.assign(link, { prev: null })), verdict: UNLISTED },
  {
    name: 'a next that leads elsewhere',
    kernel: untracked((link) => Object.assign(link.next ?? {}, { prev: stranger() })),
    verdict: DEL_CORRUPTED,
  },
  {
    name: 'a prev that leads elsewhere',
    kernel: untracked((link) => Object.assign(link.prev ?? {}, { next: stranger() })),
    verdict: DEL_CORRUPTED,
  },
  {
    name: 'a list that ends in NULL',
    kernel: after((_, link) => Object.assign(link, { next: null })),
    verdict: CORRUPTED,
  },
  {
    name: 'neighbours that disagree',
    kernel: after((head) => Object.assign(head, { prev: stranger() })),
    verdict: CORRUPTED,
  },
  { name: 'a link of no page', kernel: after((_, link) => Object.assign(link, { page: null })), verdict: CORRUPTED },
  { name: 'a loop past the head', kernel: after(tie), verdict: CORRUPTED },
  {
    name: 'a head without next, in a pass',
    kernel: {
      to_zap(kvm, book) {
        nx.pages_of(kvm, book).next = null;
        return 1;
      },
    },
    verdict: 'KernelOops: the first entry of the list is NULL',
  },
  { name: 'mmu_lock for write twice', kernel: toggle(twice(write_lock)), verdict: twice_text('mmu_lock for write') },
  { name: 'mmu_lock for read twice', kernel: toggle(twice(read_lock)), verdict: twice_text('mmu_lock for read') },
  {
    name: 'tdp_mmu_pages_lock twice',
    kernel: toggle(twice(lock_pages)),
    verdict: twice_text('tdp_mmu_pages_lock'),
  },
  {
    name: 'slots_lock asked for under mmu_lock',
    kernel: toggle((kvm) => {
      write_lock(kvm);
      lock_slots(kvm);
    }),
    verdict: 'slots_lock is taken under mmu_lock for write: elsewhere it is the other way round',
  },
  {
    name: 'a reader of srcu waits for the readers of srcu',
    kernel: toggle((kvm) => {
      srcu_read_lock(kvm);
      synchronize_srcu(kvm);
    }),
    verdict: 'KernelHang: deadlock: who waits for the readers of srcu is one of them',
  },
  {
    name: 'two threads wait for each other',
    kernel: {
      *tdp_mmu_install_child(kvm, fault, sp, index, level) {
        const child = yield* flag_link_track(kvm, fault, sp, index, level);
        lock_slots(kvm);
        unlock_slots(kvm);
        return child;
      },
    },
    program: ['guest_exec mmu=tdp page=0 offset=0 pause=1', 'dirty_log on=1'],
    verdict:
      'KernelHang: deadlock: memslots (dirty_log) holds slots_lock and waits for the readers of srcu; vCPU 0 (guest_exec) ' +
      'holds srcu for read and mmu_lock for read and rcu for read and waits for slots_lock',
  },
  {
    name: 'a paused reader keeps what it may be looking at from being freed: no misuse',
    kernel: {},
    program: [
      'dirty_log on=1',
      'dirty_log on=0 pause=1',
      'guest_exec mmu=tdp page=0 offset=0 pause=1',
      'resume thread=memslots',
      'resume thread=vcpu',
    ],
    verdict: null,
  },
  {
    name: 'mmu_lock dropped by someone else',
    kernel: toggle(mmu_unlock),
    verdict: 'mmu_lock for write is dropped by someone who does not hold it',
  },
  {
    name: 'a list changed without mmu_lock',
    kernel: toggle((kvm) => {
      for (const sp of kvm.sps) nx.unaccount_nx_huge_page(kvm, sp);
    }),
    verdict: 'the list of NX-split pages is changed under no lock',
  },
  {
    name: 'a list changed with tdp_mmu_pages_lock alone',
    kernel: toggle((kvm) => {
      lock_pages(kvm);
      for (const sp of kvm.sps) if (sp.tdp_mmu_page) nx.unaccount_nx_huge_page(kvm, sp);
    }),
    verdict: 'the list of NX-split pages is changed under tdp_mmu_pages_lock',
  },
  {
    name: "a nested page's list changed with mmu_lock for read",
    kernel: toggle((kvm) => {
      read_lock(kvm);
      lock_pages(kvm);
      for (const sp of kvm.sps) if (!sp.tdp_mmu_page) nx.unaccount_nx_huge_page(kvm, sp);
    }),
    verdict: 'the list of NX-split pages is changed under mmu_lock for read and tdp_mmu_pages_lock',
  },
  {
    name: 'a page tracked twice: no misuse',
    kernel: {
      track_possible_nx_huge_page(kvm, sp, type) {
        nx.track_possible_nx_huge_page(kvm, sp, type);
        nx.track_possible_nx_huge_page(kvm, sp, type);
      },
    },
    verdict: null,
  },
  {
    name: 'a page freed while it is listed',
    kernel: { tdp_mmu_unlink_sp: () => {} },
    program: ['guest_exec mmu=tdp page=0 offset=0', 'nx_huge_pages on=0', 'nx_huge_pages on=1', 'recover ratio=1'],
    verdict: 'recovery takes shadow page 3 from the list, which has been freed',
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
    verdict: 'recovery zaps what has taken the place of shadow page 3, which is gone',
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
    name: 'a pass that forgets its flush; a 2M page in a TLB is granted by all of its small pages',
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
    name: 'a pass that forgets its flush; a 1G page in a TLB is granted by all of its small pages',
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
    program: ['guest_exec mmu=tdp page=0 offset=0', 'dirty_log on=1 slot=1', 'recover ratio=1'],
    verdict: '2 SPTEs zapped and not flushed when the pass ended',
  },
  {
    name: 'a command that never ends',
    kernel: {
      *zap_all_on_toggle() {
        for (;;) yield 'need_resched';
      },
    },
    verdict: 'KernelHang: the command did not end',
  },
  {
    name: 'one small page zapped and not flushed, of a 1G page in a TLB',
    kernel: forgets((kvm, sp) => {
      if (sp.role.level === 1) write_spte(kvm, sp, 3, 1, 0);
    }),
    program: ['guest_read mmu=tdp page=8 offset=0', 'guest_exec mmu=tdp page=8 offset=0 vcpu=1', 'recover ratio=1'],
    verdict: 'vCPU 0 can still reach the 1G page at gfn 32 (tdp), zapped but unflushed when RCU was left',
  },
  {
    name: 'a worker that is not stopped when its VM ends',
    kernel: { kvm_mmu_pre_destroy_vm: () => {} },
    program: ['guest_read mmu=tdp page=0 offset=0', 'destroy_vm'],
    verdict: 'the worker outlives its VM',
  },
  {
    name: 'a worker created twice',
    kernel: { create_worker_once: (kvm) => try_to_start_worker(kvm) },
    verdict: 'a second worker is created for the VM',
  },
  {
    name: 'one small page zapped and not flushed, of a 2M page in a TLB',
    kernel: forgets((kvm, sp) => write_spte(kvm, sp, 3, 1, 0)),
    program: ['guest_read mmu=tdp page=2 offset=0', 'guest_exec mmu=tdp page=2 offset=0 vcpu=1', 'recover ratio=1'],
    verdict: 'vCPU 0 can still reach the 2M page at gfn 8 (tdp), zapped but unflushed when RCU was left',
  },
];

function add_unasked(head: list_head, sp: kvm_mmu_page): void {
  if (sp.possible_nx_huge_page_link.next === sp.possible_nx_huge_page_link) {
    list_add_tail(sp.possible_nx_huge_page_link, head);
    list_add_tail(sp.possible_nx_huge_page_link, head);
  }
}

/** The first and the last page of a list know but each other. */
function tie({ next, prev }: list_head): void {
  if (!next || !prev || next === prev) return;
  Object.assign(next, { prev });
  Object.assign(prev, { next });
}

/** Splits of both MMUs, a pass over all of them, and the mitigation switched off. */
const PROGRAM = [
  'guest_exec mmu=tdp page=0 offset=0',
  'guest_exec mmu=tdp page=1 offset=0',
  'guest_exec mmu=shadow page=0 offset=0',
  'recover ratio=2',
  'nx_huge_pages on=0',
];

/** What the first breach says; null if nothing breaks. */
export function verdict_on({ kernel, program = PROGRAM }: Misuse): string | null {
  const variant = known('variant', 'v6.18', VARIANTS);
  const session = start_session({ ...variant, ops: { ...variant.ops, ...kernel } }, SMALL_WORLD);
  const wanted = [
    'primitives-are-used-rightly',
    'locks-are-held',
    'nothing-reachable-unflushed',
    'passes-flush-what-they-zap',
    'one-worker-for-each-vm',
  ];
  const found = run(
    session,
    parse_program(COMMANDS, bounds_of(SMALL_WORLD), program),
    [...CLAIMS.values()].filter(({ name }) => wanted.includes(name)),
  );
  return found[0]?.breach.got ?? null;
}
