/** Rules about the limit of shadow pages, and about reclaim. */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, FOUR_TABLES, flushes, LOGGED, nested, pages } from './behaviour';

const taken_by_reclaim = ({ record }: Kvm): number => record.reclaimed.length;
const shadow_pages = ({ sps }: Kvm): number => sps.filter((sp) => !sp.tdp_mmu_page && !sp.is_root).length;

export const BEHAVIOURS_OF_LIMITS: readonly Behaviour[] = [
  {
    name: 'a lower limit of shadow pages takes effect at once, and takes no more than it must',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=2'],
    sees: shadow_pages,
    want: 2,
  },
  {
    name: 'a limit that is not reached takes nothing',
    on: ['v5.5', 'v6.18'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=4'],
    sees: taken_by_reclaim,
    want: 0,
  },
  {
    name: 'a fault at the limit makes room for one page, and for no more',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=4', nested('exec', 3)],
    sees: taken_by_reclaim,
    want: 1,
  },
  {
    name: 'a fault below the limit makes no room',
    on: ['v5.5', 'v6.18'],
    program: [...FOUR_TABLES, 'nr_mmu_pages pages=5', nested('exec', 3)],
    sees: taken_by_reclaim,
    want: 0,
  },
  {
    name: 'two pages of two ages go one by one',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'reclaim pages=2'],
    sees: ({ record }) =>
      record.rooms.map(({ had, taken, at_once }) => `${taken} of ${had}, ${at_once} at once`).join(),
    want: '2 of 4, 1 at once',
  },
  {
    name: 'a fault that makes no room at the limit is reported, even if all shadow pages count',
    on: ['v5.5'],
    program: [
      'nr_mmu_pages pages=2',
      nested('exec', 0),
      ...[0, 4, 8].map((page) => `clear_gpte_dirty mmu=shadow page=${page}`),
      nested('read', 4),
    ],
    kernel: { make_mmu_pages_available() {} },
    sees: ({ record }) => record.findings.map(({ claim }) => claim).join(),
    want: 'LIMIT',
  },
  {
    name: 'reclaim that finds nothing flushes nothing',
    on: ['v5.5', 'v6.18'],
    program: ['reclaim pages=1'],
    sees: flushes,
    want: 0,
  },
  {
    name: 'pages of one age go together: age alone does not say which is the oldest',
    on: ['v6.2', 'v6.18'],
    program: [nested('read', 0), nested('read', 1), ...LOGGED, nested('read', 0), nested('read', 1), 'reclaim pages=2'],
    sees: taken_by_reclaim,
    want: 3,
  },
  {
    name: 'a page that a later split reuses keeps its age',
    on: ['v6.2', 'v6.18'],
    program: [
      nested('read', 0),
      ...LOGGED,
      nested('read', 0),
      nested('read', 1),
      ...LOGGED,
      nested('read', 0),
      nested('read', 1),
      'reclaim pages=2',
    ],
    sees: taken_by_reclaim,
    want: 2,
  },
  {
    name: 'a table that is linked nowhere is taken together with all tables below it',
    on: ['v6.2', 'v6.18'],
    program: [
      'dirty_log on=1 slot=1',
      nested('read', 8),
      'dirty_log on=0 slot=1',
      nested('read', 8),
      'reclaim pages=1',
    ],
    sees: ({ record }) =>
      record.reclaimed
        .map(({ level }) => level)
        .sort()
        .join(),
    want: '1,2',
  },
  {
    name: 'a guest whose KVM_RUN fails for ever maps nothing',
    on: ['B25'],
    program: ['signal', 'guest_read mmu=tdp page=0 offset=0'],
    sees: pages,
    want: '0/0/0',
  },
];
