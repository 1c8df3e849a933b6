/** Rules about the record of a command, from which claims judge: what is in it, and that nothing else is. */
import { kvm_mmu_zap_oldest_mmu_pages } from '../../models/kernel/mmu_limit';
import { account_nx_huge_page } from '../../models/kernel/nx_huge_pages';
import type { KernelOps } from '../../models/kernel/ops';
import { make_spte } from '../../models/kernel/spte';
import { collapse_tables_with_leaves } from '../../models/kernel/tdp_huge_pages';
import { kvm_flush_remote_tlbs } from '../../models/kernel/tlb';
import type { Kvm } from '../../models/kernel/types';
import { toggle } from '../must_fail/negative_test';
import { type Behaviour, exec, FOUR_TABLES, nested, read } from './behaviour';

const OLD_AND_NEW = ['v5.5', 'v6.18'];

/** The lists of the record that are not empty, with their lengths. */
const recorded = ({ record }: Kvm): string =>
  Object.entries(record)
    .flatMap(([name, value]) => (Array.isArray(value) && value.length > 0 ? [`${value.length} ${name}`] : []))
    .join();

const FRESH: readonly Behaviour[] = [
  { name: 'before the first command nothing is recorded', on: OLD_AND_NEW, program: [], sees: recorded, want: '' },
  {
    name: 'nothing is recorded of a second VM that has just been created',
    on: OLD_AND_NEW,
    program: ['other_vm do=create'],
    sees: ({ other }) => (other ? recorded(other) : 'no VM'),
    want: '',
  },
];

/** What the first command records is not in the record of the second. */
const forgets = (what: string, on: readonly string[], program: readonly string[]): Behaviour => ({
  name: `the record of a command has nothing of the command before it: ${what}`,
  on,
  program: [...program, read(16)],
  sees: recorded,
  want: '',
});

const NEXT: readonly Behaviour[] = [
  forgets('a pass', OLD_AND_NEW, [exec(0), 'recover ratio=1']),
  forgets('a pass by the clock', OLD_AND_NEW, [exec(0), 'wait until=due']),
  forgets('what a pass zapped without having taken it', ['B31'], [exec(0), exec(1), 'recover ratio=1']),
  forgets('room that was made', OLD_AND_NEW, [...FOUR_TABLES, 'reclaim pages=2']),
];

/** Room for shadow pages is recorded where it was wanted, or where pages went although it was not. */
const ROOMS: readonly Behaviour[] = [
  {
    name: 'a fault below the limit records no room',
    on: OLD_AND_NEW,
    program: ['nr_mmu_pages pages=8', nested('read', 0), nested('read', 4)],
    sees: recorded,
    want: '',
  },
  {
    name: 'a fault that reaches the limit exactly records no room',
    on: OLD_AND_NEW,
    program: ['nr_mmu_pages pages=2', nested('read', 0), nested('read', 4)],
    sees: recorded,
    want: '',
  },
  {
    name: 'a fault at the limit records the room that it makes, and what goes',
    on: OLD_AND_NEW,
    program: ['nr_mmu_pages pages=2', nested('read', 0), nested('read', 4), nested('read', 24)],
    sees: recorded,
    want: '1 reclaimed,1 rooms',
  },
  {
    name: 'pages that go although no room is wanted are recorded',
    on: OLD_AND_NEW,
    program: [nested('exec', 0), nested('read', 3)],
    kernel: { kvm_mmu_zap_oldest_mmu_pages: (kvm) => kvm_mmu_zap_oldest_mmu_pages(kvm, 2) },
    sees: ({ record }) => record.rooms.map(({ had, taken, at_once }) => `${taken} of ${had}, ${at_once}`).join(),
    want: '2 of 2, 0',
  },
];

/** Flushes after it has accounted a page, with nothing zapped. */
const FLUSHES_IN_VAIN: Partial<KernelOps> = {
  account_nx_huge_page(kvm, sp, possible) {
    account_nx_huge_page(kvm, sp, possible);
    kvm_flush_remote_tlbs(kvm);
  },
};
const claims = ({ record }: Kvm): string => [...new Set(record.findings.map(({ claim }) => claim))].join();

const FINDINGS: readonly Behaviour[] = [
  {
    name: 'a flush in vain is reported',
    on: OLD_AND_NEW,
    program: [exec(0)],
    kernel: FLUSHES_IN_VAIN,
    sees: claims,
    want: 'VAIN',
  },
  {
    name: 'a flush in vain is reported of a command that was paused, too',
    on: ['v6.18'],
    program: [`${exec(0)} pause=1`, 'resume thread=vcpu vcpu=0'],
    kernel: FLUSHES_IN_VAIN,
    sees: claims,
    want: 'VAIN',
  },
  {
    name: 'a flush in vain is reported of a second VM, too, by the command that creates that VM',
    on: OLD_AND_NEW,
    program: ['other_vm do=exec'],
    kernel: FLUSHES_IN_VAIN,
    sees: ({ other }) => (other ? claims(other) : 'no VM'),
    want: 'VAIN',
  },
  {
    name: 'a flush after a flush is in vain',
    on: ['v6.18'],
    program: [read(0), 'dirty_log on=1', 'dirty_log on=0'],
    kernel: {
      tdp_mmu_dirty_logging_stopped(kvm, slot) {
        collapse_tables_with_leaves(kvm, slot);
        kvm_flush_remote_tlbs(kvm);
      },
    },
    sees: claims,
    want: 'VAIN',
  },
  {
    name: 'only where dirty logging begins, a flush with nothing zapped is not in vain',
    on: ['v6.18'],
    program: ['nx_huge_pages on=0', 'nx_huge_pages on=1'],
    kernel: toggle(kvm_flush_remote_tlbs),
    sees: claims,
    want: 'VAIN',
  },
  {
    name: 'a pass that finds no slot for a page warns, as the kernel does',
    on: ['B35'],
    program: ['destroy_vm slot_zap_all=0', exec(0), 'dirty_log on=1', 'move_slot to=away', 'recover ratio=1'],
    sees: ({ record }) => record.findings.map(({ claim, warns }) => `${claim} ${warns ? 'warns' : ''}`).join(),
    want: 'PRIMITIVE warns',
  },
  {
    name: 'a leaf with the wrong rights is reported with those that it has, and those that it should have',
    on: ['v6.18'],
    program: [read(0)],
    kernel: { make_spte: (level, access) => make_spte(level, access, false) },
    sees: ({ record }) => record.findings.map(({ text }) => text).join(),
    want: 'the leaf of level 2 at gfn 0 (tdp) is writable and executable, not writable and not executable',
  },
  {
    name: 'what only the harness notices does not warn',
    on: ['v6.18'],
    program: [exec(0)],
    kernel: FLUSHES_IN_VAIN,
    sees: ({ record }) => record.findings.filter(({ warns }) => warns).length,
    want: 0,
  },
];

export const BEHAVIOURS_OF_RECORDS: readonly Behaviour[] = [...FRESH, ...NEXT, ...ROOMS, ...FINDINGS];
