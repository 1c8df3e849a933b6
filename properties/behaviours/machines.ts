/** Rules about a machine's state besides page tables: its creation and end, its worker, the record of a command. */
import { mmu_unlock, srcu_read_lock, srcu_read_unlock, write_lock } from '../../models/kernel/lock';
import { account_nx_huge_page } from '../../models/kernel/nx_huge_pages';
import { recover_list_per_type } from '../../models/kernel/nx_recovery';
import { write_spte } from '../../models/kernel/sp';
import { ACC_ALL, make_spte } from '../../models/kernel/spte';
import { kvm_tdp_mmu_zap_sp } from '../../models/kernel/tdp_mmu';
import { fill_tlbs } from '../../models/kernel/tlb';
import type { Kvm } from '../../models/kernel/types';
import { DIV_ROUND_UP } from '../../models/kernel/u64';
import { kvm_create_vm } from '../../models/kernel/vm';
import { recorded_world, SMALL_WORLD } from '../../models/world/world';
import { type Behaviour, exec, level, nested, read } from './behaviour';

const OLD_AND_NEW = ['v5.5', 'v6.18'];

const findings = ({ record }: Kvm): string => record.findings.map(({ claim, text }) => `${claim}: ${text}`).join();

export const BEHAVIOURS_OF_MACHINES: readonly Behaviour[] = [
  {
    name: 'zapping an unlisted shadow page under mmu_lock for read is reported, too',
    on: ['B29'],
    program: [nested('read', 0), nested('read', 4), 'nr_mmu_pages pages=2', read(0)],
    sees: (kvm) => findings(kvm).split(',')[0] ?? '',
    want: 'LOCK: a shadow page is zapped under srcu for read and mmu_lock for read',
  },
  {
    name: 'an SPTE that is written without mmu_lock is reported',
    on: ['v5.5'],
    program: [exec(0)],
    kernel: {
      account_nx_huge_page(kvm, sp) {
        mmu_unlock(kvm);
        write_spte(kvm, sp, 3, sp.role.level, make_spte(sp.role.level, ACC_ALL, true));
        write_lock(kvm);
      },
    },
    sees: (kvm) => findings(kvm).split(',')[0] ?? '',
    want: 'LOCK: an SPTE is written under srcu for read',
  },
  {
    name: 'a pass that looks up slots without srcu or slots_lock is reported',
    on: ['v6.18'],
    program: [exec(0), 'recover ratio=1'],
    kernel: {
      *recover_nx_huge_pages(kvm, ratio) {
        srcu_read_unlock(kvm);
        yield* recover_list_per_type(kvm, ratio);
        srcu_read_lock(kvm);
      },
    },
    sees: findings,
    want: 'LOCK: memslots are looked up without srcu or slots_lock',
  },
  {
    name: 'a zap leaves a page on its list that is not flagged',
    on: ['v6.18'],
    program: [nested('exec', 0), 'delete_slot'],
    kernel: {
      account_nx_huge_page(kvm, sp, possible) {
        account_nx_huge_page(kvm, sp, possible);
        sp.nx_huge_page_disallowed = false;
      },
    },
    sees: ({ stat }) => stat.nx_lpage_splits,
    want: 1,
  },
  {
    name: 'zapped pages are freed while a paused thread is no RCU reader',
    on: ['v6.18'],
    program: [exec(0), 'dirty_log on=1 slot=1 pause=1', 'recover ratio=1'],
    sees: ({ rcu_frees, paused }) => `${paused.length} paused, ${rcu_frees.length} to be freed`,
    want: '1 paused, 0 to be freed',
  },
  {
    name: 'never is refused while there is a second VM',
    on: ['v6.4', 'v6.18'],
    program: ['other_vm do=create', 'destroy_vm never=1'],
    sees: ({ record }) => record.errno ?? 'none',
    want: 'EBUSY',
  },
  {
    name: 'never is refused where it has been written',
    on: ['v6.4', 'v6.18'],
    program: ['destroy_vm never=1', 'destroy_vm never=1'],
    sees: ({ record }) => record.errno ?? 'none',
    want: 'EPERM',
  },
  {
    name: 'under never a VM begins without a worker',
    on: ['v6.4', 'v6.18'],
    program: ['destroy_vm never=1', read(0)],
    sees: ({ worker }) => Number(worker.alive),
    want: 0,
  },
  {
    name: 'a worker that is created under never is reported',
    on: ['v6.18'],
    program: ['destroy_vm never=1', read(0)],
    kernel: { may_have_worker: () => true },
    sees: findings,
    want: 'THREAD: a worker is created although the mitigation is off for good',
  },
  {
    name: 'a command on the second VM has no yield point',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'other_vm do=exec', 'nx_huge_pages on=0'],
    sees: ({ record }) => record.yields,
    want: 2,
  },
  {
    name: 'a second VM has TLBs, too',
    on: ['v6.18'],
    program: ['other_vm do=exec'],
    sees(kvm) {
      fill_tlbs(kvm);
      return kvm.other?.tlb.length ?? -1;
    },
    want: 1,
  },
  {
    name: 'a list below zero is divided as a u64: B30, ratio 60',
    on: ['v6.18'],
    program: [],
    sees: () => [0, 1, 60, 61, 540, -1, -10, -59, -60, -100].map((n) => DIV_ROUND_UP(n, 60)).join(),
    want: '0,1,1,2,9,0,0,0,307445734561825860,307445734561825859',
  },
  {
    name: 'a result that a double cannot hold exactly is a bigint',
    on: ['v6.18'],
    program: [],
    sees: () => [60, -10, -60].map((n) => typeof DIV_ROUND_UP(n, 60)).join(),
    want: 'number,number,bigint',
  },
  {
    name: 'a pass owes a flush for each zap, whatever follows the zap',
    on: ['patch-v1-fixed'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    kernel: { tdp_mmu_zap_for_recovery: (kvm, sp) => sp.gfn === 0 && kvm_tdp_mmu_zap_sp(kvm, sp) },
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 1,
  },
  {
    name: 'a pass that zaps nothing owes no flush',
    on: ['patch-v1-fixed'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    kernel: { tdp_mmu_zap_for_recovery: () => false },
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 0,
  },
  {
    name: 'a pass that has zapped nothing releases its lock without a flush',
    on: ['patch-v1-fixed'],
    program: [exec(0), exec(1), 'recover ratio=1 pause=1', 'resume thread=worker'],
    kernel: { tdp_mmu_zap_for_recovery: () => false },
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 0,
  },
  {
    name: 'a new VM has its slots at home, wherever those of the VM before it were',
    on: OLD_AND_NEW,
    program: ['delete_slot', 'destroy_vm', read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'a new VM has no dirty logging',
    on: OLD_AND_NEW,
    program: ['dirty_log on=1', 'destroy_vm', read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'no signal is pending unless one was sent',
    on: ['B25'],
    program: [read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'a world whose slots are not aligned to their backing is refused',
    on: ['v6.18'],
    program: [],
    sees({ ops }) {
      try {
        kvm_create_vm(ops, { ...SMALL_WORLD, slots: [{ home: 0, away: 1, regions: 4, backing: '1g' }] });
        return 'taken';
      } catch (error) {
        return String(error);
      }
    },
    want: 'Error: slot 0 at page 1 is not aligned to its backing',
  },
  {
    name: 'a VM that has been run has its worker and needs no other',
    on: OLD_AND_NEW,
    world: recorded_world(16),
    program: [read(0)],
    sees: ({ record }) => record.findings.length,
    want: 0,
  },
  {
    name: 'without a worker there is no pass',
    on: ['v6.18'],
    program: ['recover ratio=1'],
    sees: ({ record }) => record.passes.length,
    want: 0,
  },
  {
    name: 'a worker that is in the middle of a pass is not woken',
    on: ['v6.18'],
    program: [exec(0), 'wait until=before_due', 'recover ratio=1 pause=1', 'recovery_ratio ratio=3600'],
    sees: ({ paused, record }) => `${paused.length} paused, ${record.passes.length} passes`,
    want: '1 paused, 0 passes',
  },
  {
    name: 'accounting is recorded for the command that did it',
    on: OLD_AND_NEW,
    program: [exec(0), read(1)],
    sees: ({ record }) => record.accountings.length,
    want: 0,
  },
];
