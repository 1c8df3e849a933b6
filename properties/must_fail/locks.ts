/**
 * Locks that are taken twice, in the wrong order or not at all, or dropped by a thread that does not hold them; and
 * operations that never end.
 */
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
import { flag_link_track } from '../../models/kernel/tdp_mmu_map';
import type { Kvm } from '../../models/kernel/types';
import { type NegativeTest, toggle } from './negative_test';

const twice_text = (lock: string): string => `KernelHang: deadlock: ${lock} is wanted by a thread that holds ${lock}`;

const twice = (call: (kvm: Kvm) => void) => (kvm: Kvm) => {
  call(kvm);
  call(kvm);
};

export const OF_LOCKS: readonly NegativeTest[] = [
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
    verdict: 'slots_lock is taken while mmu_lock for write is held: other code takes them in the opposite order',
  },
  {
    name: 'a reader of srcu waits for the readers of srcu',
    kernel: toggle((kvm) => {
      srcu_read_lock(kvm);
      synchronize_srcu(kvm);
    }),
    verdict: 'KernelHang: deadlock: a thread waits for the readers of srcu and is one itself',
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
    name: 'a paused reader keeps what it may be looking at from being freed: allowed',
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
    verdict: 'mmu_lock for write is released by a thread that does not hold it',
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
    name: 'a command that never ends',
    kernel: {
      *zap_all_on_toggle() {
        for (;;) yield 'need_resched';
      },
    },
    verdict: 'KernelHang: the command did not end',
  },
];
