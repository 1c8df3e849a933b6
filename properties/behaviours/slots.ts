/** Rules about memslots, dirty logging and the mmu notifier. */
import { warn } from '../../models/kernel/fault';
import { locks_text, MMU_READ, MMU_WRITE } from '../../models/kernel/lock';
import { tdp_mmu_unlink_sp } from '../../models/kernel/nx_huge_pages';
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, exec, flushed, level, nested, pages, read } from './behaviour';

const OLD_AND_NEW = ['v5.5', 'v6.18'];
const TDP = ['v5.10', 'v5.18', 'v6.18'];

/** lpage_info: where a page would extend past the edge of its slot, smaller pages are mapped. */
const EDGES: readonly Behaviour[] = [
  {
    name: 'a slot smaller than its 1G page is mapped by pages of 2M',
    on: OLD_AND_NEW,
    program: ['delete_slot slot=2', 'create_slot backing=1g slot=2', read(24)],
    sees: level,
    want: 2,
  },
  {
    name: 'a slot that begins in the middle of a 1G page is mapped by pages of 2M',
    on: OLD_AND_NEW,
    program: [
      'delete_slot slot=3',
      'create_slot backing=1g slot=3',
      'move_slot to=away slot=3',
      'guest_read mmu=smm page=30 offset=0',
    ],
    sees: level,
    want: 2,
  },
  {
    name: 'memory that the host takes back of a broken 1G page is no page of another slot',
    on: OLD_AND_NEW,
    program: [
      'move_slot to=away',
      'delete_slot slot=2',
      'create_slot backing=1g slot=2',
      'move_slot to=away slot=2',
      read(23),
      'invalidate page=25',
    ],
    sees: pages,
    want: '0/1/0',
  },
];

const SLOTS: readonly Behaviour[] = [
  {
    name: 'deleting a slot that does not exist zaps nothing',
    on: OLD_AND_NEW,
    program: ['delete_slot slot=1', read(0), 'delete_slot slot=1'],
    sees: pages,
    want: '0/1/0',
  },
  {
    name: 'creating a slot that exists leaves it where it is',
    on: OLD_AND_NEW,
    program: ['move_slot to=away', 'create_slot backing=2m', read(16)],
    sees: level,
    want: 2,
  },
  {
    name: 'creating a slot that exists leaves its memory as it is',
    on: OLD_AND_NEW,
    program: ['create_slot backing=4k', read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'fresh memory is whole',
    on: OLD_AND_NEW,
    program: ['invalidate_4k page=0 offset=0', 'delete_slot', 'create_slot backing=2m', read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'a slot that is moved is where it was moved to',
    on: OLD_AND_NEW,
    program: ['move_slot to=away', read(17)],
    sees: level,
    want: 2,
  },
  {
    name: 'a slot that is there already is not moved',
    on: OLD_AND_NEW,
    program: [read(0), 'move_slot to=home'],
    sees: pages,
    want: '0/1/0',
  },
  {
    name: 'a slot that does not exist cannot be moved',
    on: OLD_AND_NEW,
    program: ['delete_slot', 'move_slot to=away', read(16)],
    sees: level,
    want: 0,
  },
  {
    name: 'from 5.12 on obsolete roots are zapped with mmu_lock for read',
    on: ['v5.12', 'v6.18'],
    program: [exec(0), 'nx_huge_pages on=0'],
    kernel: {
      tdp_mmu_unlink_sp(kvm, sp) {
        warn(kvm, 'LOCK', locks_text(kvm.running.held & (MMU_READ | MMU_WRITE)));
        tdp_mmu_unlink_sp(kvm, sp);
      },
    },
    sees: ({ record }) => [...new Set(record.findings.map(({ text }) => text))].join(),
    want: 'mmu_lock for read',
  },
];

const ON_AND_OFF = ['dirty_log on=1 slot=2', 'dirty_log on=0 slot=2'];

const LOGGING: readonly Behaviour[] = [
  {
    name: 'a write fault that only write protection causes maps no neighbour',
    on: ['v5.5', 'v6.18-without-tdp-mmu', 'v6.18'],
    program: [
      'dirty_log on=1 slot=2',
      read(24),
      'dirty_log on=0 slot=2',
      ...ON_AND_OFF,
      'guest_write mmu=tdp page=24 offset=0',
    ],
    sees: pages,
    want: '1/0/0',
  },
  {
    name: 'starting dirty logging twice does nothing',
    on: OLD_AND_NEW,
    program: [read(0), nested('read', 0), 'dirty_log on=1', 'dirty_log on=1'],
    sees: flushed,
    want: 0,
  },
  {
    name: 'stopping dirty logging twice does nothing',
    on: OLD_AND_NEW,
    program: [nested('exec', 0), 'dirty_log on=0'],
    sees: flushed,
    want: 0,
  },
  {
    name: 'dirty logging of a slot that does not exist does nothing',
    on: OLD_AND_NEW,
    program: ['delete_slot', 'dirty_log on=1', 'create_slot backing=2m', read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'without nested guests no shadow page is visited',
    on: TDP,
    program: [read(0), 'dirty_log on=1'],
    sees: flushed,
    want: 1,
  },
  {
    name: 'stopping dirty logging of an unmapped slot flushes nothing',
    on: ['v5.18', 'v6.18'],
    program: [nested('read', 8), 'dirty_log on=1', 'dirty_log on=0'],
    sees: flushed,
    want: 0,
  },
  {
    name: '4K pages mapped before dirty logging began are write-protected',
    on: ['v5.5', ...TDP],
    program: [exec(0), 'dirty_log on=1', 'guest_write mmu=tdp page=0 offset=0'],
    sees: ({ record }) => record.faults,
    want: 1,
  },
  {
    name: '4K pages that a nested guest had mapped before dirty logging began are write-protected',
    on: ['v5.5', ...TDP],
    program: [nested('exec', 0), 'dirty_log on=1', nested('write', 0)],
    sees: ({ record }) => record.faults,
    want: 1,
  },
  {
    name: 'a table of another slot stays when dirty logging ends',
    on: ['v6.2', 'v6.18'],
    program: ['dirty_log on=1 slot=1', exec(8), 'dirty_log on=1', 'dirty_log on=0'],
    sees: pages,
    want: '1/0/0',
  },
  {
    name: 'an idle table that goes is flushed',
    on: ['v6.18'],
    program: ['dirty_log on=1', exec(0), 'invalidate page=0', 'dirty_log on=0'],
    sees: flushed,
    want: 1,
  },
  {
    name: 'new memslots wait for a pass that may still use the old ones',
    on: ['v5.5', 'v5.10', 'v6.18', 'linux-7.3'],
    program: [exec(0), 'recover ratio=1 pause=1', 'dirty_log on=1 slot=1'],
    sees: ({ paused }) => paused.length,
    want: 0,
  },
  {
    name: 'B37 is about the TDP MMU alone',
    on: ['B37'],
    program: ['dirty_log on=1', nested('exec', 0), 'dirty_log on=0', nested('read', 0)],
    sees: level,
    want: 2,
  },
  {
    name: 'B38 is about nested guests alone',
    on: ['B38'],
    program: ['dirty_log on=1', exec(0), 'invalidate page=0', 'dirty_log on=0', read(0)],
    sees: level,
    want: 2,
  },
  {
    name: 'B37: fresh memory fixes nothing that was not broken',
    on: ['B37'],
    program: ['dirty_log on=1', exec(0), 'invalidate page=0', 'dirty_log on=0', 'invalidate page=0', read(0)],
    sees: level,
    want: 1,
  },
];

/** The huge page is broken; the 4K pages 0, 2 and 3 are mapped, and page 2 is unmapped. */
const ONE_OF_THREE_GOES = [
  'invalidate_4k page=0 offset=0',
  'guest_read mmu=tdp page=0 offset=0',
  'guest_read mmu=tdp page=0 offset=2',
  'invalidate_4k page=0 offset=3',
  'guest_read mmu=tdp page=0 offset=3',
  'invalidate_4k page=0 offset=2',
];

/** The 4K pages that tables of level 1 map: a 1 for each mapped page, a 0 for each other one. */
const mapped_small = ({ sps }: Kvm): string =>
  sps.flatMap(({ role, spt }) => (role.level === 1 ? spt.map(Number).map(Math.sign) : [])).join('');

const NOTIFIER: readonly Behaviour[] = [
  {
    name: 'invalidating an unmapped page flushes nothing',
    on: OLD_AND_NEW,
    program: [nested('exec', 0), exec(0), 'invalidate page=1'],
    sees: flushed,
    want: 0,
  },
  {
    name: 'in a broken huge page only one 4K page is unmapped',
    on: ['v6.18'],
    program: ONE_OF_THREE_GOES,
    sees: mapped_small,
    want: '1001',
  },
  {
    name: 'in a broken huge page only one 4K page is unmapped, not the neighbours that the shadow MMU has prefetched',
    on: ['v5.5'],
    program: ONE_OF_THREE_GOES,
    sees: mapped_small,
    want: '1101',
  },
  {
    name: 'in memory without huge pages only one 4K page is unmapped',
    on: ['v6.18'],
    program: [read(24), 'guest_read mmu=tdp page=24 offset=1', 'invalidate_4k page=24 offset=1'],
    sees: pages,
    want: '1/0/0',
  },
  {
    name: 'invalidating a 4K page breaks the huge page of the slot that is there, also after a move',
    on: OLD_AND_NEW,
    program: ['move_slot to=away', read(16), 'invalidate_4k page=16 offset=0', read(16)],
    sees: level,
    want: 1,
  },
];

export const BEHAVIOURS_OF_SLOTS: readonly Behaviour[] = [...EDGES, ...SLOTS, ...LOGGING, ...NOTIFIER];
