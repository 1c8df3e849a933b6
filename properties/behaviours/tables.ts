/** Rules about what page tables map, and which of them are flagged. */
import { standing_level } from '../../models/kernel/sp';
import type { Kvm } from '../../models/kernel/types';
import { SMM_OVER_MEMORY } from '../../models/world/world';
import { type Behaviour, exec, LOGGED, nested, pages, read } from './behaviour';

const TABLES: readonly Behaviour[] = [
  {
    name: 'pages that are collapsed stay writable',
    on: ['v6.18'],
    program: [
      'dirty_log on=1',
      'guest_write mmu=tdp page=0 offset=0',
      'dirty_log on=0',
      'guest_write mmu=tdp page=0 offset=1',
    ],
    sees: ({ record }) => record.faults,
    want: 0,
  },
  {
    name: 'a page that another thread has replaced is not zapped',
    on: ['v6.18'],
    program: [exec(0), 'recover ratio=1 pause=1', 'guest_read mmu=tdp page=0 offset=1 vcpu=1', 'resume thread=worker'],
    sees: (kvm) => `${pages(kvm)}, ${kvm.record.passes[0]?.flushes ?? 'no pass, no'} flushes`,
    want: '0/1/0, 0 flushes',
  },
  {
    name: 'mappings below a new root stay when the old root has been zapped',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', read(0), 'resume thread=params'],
    sees: pages,
    want: '0/1/0',
  },
  {
    name: 'a page that dirty logging has write-protected is still write-protected after a collapse',
    on: ['v6.18'],
    program: [read(0), ...LOGGED, 'guest_write mmu=tdp page=0 offset=0'],
    sees: ({ record }) => record.faults,
    want: 1,
  },
  {
    name: 'a pass takes its share and leaves the rest',
    on: ['v5.10', 'v6.18', 'patch-v1-fixed'],
    program: [exec(0), exec(1), exec(2), exec(3), 'recover ratio=2'],
    sees: pages,
    want: '2/0/0',
  },
  {
    name: 'memory that only SMM sees at an address has tables of its own, apart from those of the guest',
    on: ['v5.5', 'v6.18', 'v6.18-without-tdp-mmu'],
    program: [exec(0), 'guest_exec mmu=smm page=0 offset=0'],
    world: SMM_OVER_MEMORY,
    sees: ({ sps }) => sps.filter(({ is_root }) => !is_root).length,
    want: 4,
  },
  {
    name: "a nested guest's root shadows its own tables and is not direct; L1's is",
    on: ['v5.5', 'v6.18'],
    program: [nested('read', 0), read(0), 'guest_read mmu=smm page=28 offset=0'],
    sees: ({ roots }) => [roots.shadow, roots.tdp, roots.smm].map((root) => root?.role.direct).join(),
    want: 'false,true,true',
  },
  {
    name: 'a page that is mapped along with its neighbour can be written',
    on: ['v5.5', 'v6.18'],
    program: ['dirty_log on=1', 'dirty_log on=0', nested('exec', 0), 'guest_write mmu=shadow page=0 offset=1'],
    sees: ({ record }) => record.faults,
    want: 0,
  },
  {
    name: 'a table that two guests share stays with the second when the first replaces it, and goes with it',
    on: ['v5.10', 'v6.18'],
    program: [
      'dirty_log on=1 slot=1',
      nested('read', 8),
      'guest_read mmu=shadow2 page=8 offset=0',
      'dirty_log on=0 slot=1',
      'guest_read mmu=shadow2 page=8 offset=0',
      'reclaim pages=1',
    ],
    sees: pages,
    want: '0/0/1',
  },
];

/** Number of flagged tables of 4K pages. */
const flagged = ({ sps }: Kvm): number => sps.filter((sp) => sp.role.level === 1 && sp.nx_huge_page_disallowed).length;

const FLAGS: readonly Behaviour[] = [
  {
    name: 'the SMM slot decides whether a page in SMM is dirty-logged (817fa998362d)',
    on: ['v6.4', 'v6.18'],
    world: SMM_OVER_MEMORY,
    program: ['guest_exec mmu=smm page=0 offset=0', 'dirty_log on=1', 'recover ratio=1'],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: 'a nested table that is linked nowhere stands at its own level',
    on: ['v6.2', 'v6.18'],
    program: ['dirty_log on=1 slot=1', nested('read', 8), 'dirty_log on=0 slot=1', nested('read', 8)],
    sees: ({ sps }) =>
      sps
        .filter((sp) => !sp.is_root)
        .map(standing_level)
        .join(),
    want: '2,1',
  },
  {
    name: 'a table that no exec fault has built is not flagged',
    on: ['v5.5', 'v6.2', 'v6.18'],
    program: ['dirty_log on=1', nested('read', 0), read(0)],
    sees: flagged,
    want: 0,
  },
  {
    name: 'a table that a pass leaves under dirty logging is no longer flagged',
    on: ['v6.2', 'v6.18'],
    program: [exec(0), nested('exec', 0), 'dirty_log on=1', 'recover ratio=1'],
    sees: flagged,
    want: 0,
  },
  {
    name: 'a split whose parent was zapped stays a split when it is linked again under dirty logging',
    on: ['v5.5'],
    program: [nested('exec', 0), 'reclaim pages=1', 'dirty_log on=1', nested('exec', 0)],
    sees: ({ lists }) => lists.map(({ pages }) => pages.next?.page?.built).join(),
    want: 'split',
  },
  {
    name: 'a page whose slot is being deleted is recovered as any other',
    on: ['v6.2', 'v6.18'],
    program: [exec(0), exec(4), 'delete_slot pause=1', 'recover ratio=1'],
    sees: ({ record }) => {
      const taken = record.passes.flatMap(({ lists }) => lists.flatMap((list) => list.taken));
      return taken.map(({ dirty }) => (dirty ? 'dirty' : 'clean')).join();
    },
    want: 'clean',
  },
  {
    name: 'a page that was write-protected stays so when its neighbour is mapped',
    on: ['v5.5', 'v6.18'],
    program: [
      nested('read', 24),
      'invalidate_4k page=24 offset=1',
      'dirty_log on=1 slot=2',
      'dirty_log on=0 slot=2',
      'guest_read mmu=shadow page=24 offset=1',
      nested('write', 24),
    ],
    sees: ({ record }) => record.faults,
    want: 1,
  },
];

export const BEHAVIOURS_OF_TABLES: readonly Behaviour[] = [...TABLES, ...FLAGS];
