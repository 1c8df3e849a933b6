/** Rules about KVM_CLEAR_DIRTY_LOG: which pages are protected again, and by which walk. */
import { warn } from '../../models/kernel/fault';
import { ACC_CLEAN, PT_PAGE_SIZE, WRITE } from '../../models/kernel/spte';
import { for_each_upper_spte } from '../../models/kernel/tdp_iter';
import type { Kvm } from '../../models/kernel/types';
import { PG_LEVEL_1G, SMALL_WORLD } from '../../models/world/world';
import { type Behaviour, exec, nested, pages } from './behaviour';

/** For each table of 4K pages, which of them are writable (w), read-only (r) or not mapped (-). */
const writable = ({ sps }: Kvm): string =>
  sps.flatMap(({ role, spt }) => (role.level === 1 ? [spt.map(rights).join('')] : [])).join(' ');
const rights = (spte: number): string => (spte & WRITE ? 'w' : spte ? 'r' : '-');

const WORD = [0, 1, 2, 3];
const write = (mmu: string, page: number, offset = 0): string => `guest_write mmu=${mmu} page=${page} offset=${offset}`;
const writes = (mmu: string, page: number): string[] => WORD.map((offset) => write(mmu, page, offset));
const faults = ({ record }: Kvm): number => record.faults;

/** Only the regions of one slot, which does not begin at a multiple of its size. */
const ONE_SLOT = {
  ...SMALL_WORLD,
  name: 'one slot',
  slots: [{ home: 1, away: 9, regions: 4, backing: '2m' as const }],
};

const CLEARED: readonly Behaviour[] = [
  ...['tdp', 'shadow'].map(
    (mmu): Behaviour => ({
      name: `clearing the dirty bit of a 4K page protects that page and no other (${mmu})`,
      on: ['v5.5', 'v5.10', 'v5.18', 'v6.18'],
      program: ['dirty_log on=1', ...writes(mmu, 0), 'clear_dirty_log size=4k page=0 offset=1'],
      sees: writable,
      want: 'wrww',
    }),
  ),
  ...['tdp', 'shadow'].map(
    (mmu): Behaviour => ({
      name: `where all pages begin dirty, clearing one bit protects that page and no other (${mmu})`,
      on: ['v5.10', 'v5.12', 'v5.18', 'v6.18'],
      program: [
        'destroy_vm dirty_log=initially_set',
        'dirty_log on=1',
        ...writes(mmu, 0),
        'clear_dirty_log size=4k page=0 offset=2',
      ],
      sees: writable,
      want: 'wwrw',
    }),
  ),
  {
    name: 'clearing the dirty bits of a region protects its pages, and none next door',
    on: ['v5.5', 'v5.10', 'v6.18'],
    program: [
      'dirty_log on=1',
      ...[0, 1, 2].flatMap((page) => writes('tdp', page)),
      'clear_dirty_log size=2m page=1 offset=0',
    ],
    sees: writable,
    want: 'wwww rrrr wwww',
  },
  {
    name: 'clearing the dirty bits of a slot protects it from its first page to its last, wherever it begins',
    on: ['v5.5', 'v6.18'],
    world: ONE_SLOT,
    program: [
      'dirty_log on=1',
      ...[1, 2, 4].flatMap((page) => writes('tdp', page)),
      'clear_dirty_log size=slot page=2 offset=3',
    ],
    sees: writable,
    want: 'rrrr rrrr rrrr',
  },
  {
    name: 'clearing a bit protects the huge page of a nested guest that is not split',
    on: ['v5.12', 'v5.18'],
    program: [
      'destroy_vm dirty_log=initially_set',
      write('shadow', 8),
      'dirty_log on=1 slot=1',
      'clear_dirty_log size=4k page=9 offset=1',
    ],
    sees: ({ sps }) => sps.flatMap(({ spt }) => spt.filter((spte) => spte & PT_PAGE_SIZE).map(rights)).join(),
    want: 'r',
  },
  {
    name: 'the shadow MMU splits the first huge page of a range, even if the range is empty',
    on: ['B41', 'v6.1'],
    program: [
      'destroy_vm dirty_log=initially_set',
      write('shadow', 0),
      'dirty_log on=1',
      'clear_dirty_log size=4k page=0 offset=0',
    ],
    sees: pages,
    want: '4/0/0',
  },
  {
    name: 'the TDP MMU splits no huge page if the range is empty',
    on: ['B41'],
    program: [
      'destroy_vm dirty_log=initially_set',
      write('tdp', 0),
      'dirty_log on=1',
      'clear_dirty_log size=4k page=0 offset=0',
    ],
    sees: pages,
    want: '0/1/0',
  },
];

/** Where all pages begin dirty: whether a huge page is protected when logging begins. */
const huge_page = (on: readonly string[], when: string, mmu: string, protects: boolean): Behaviour => ({
  name: `${when} a huge page of a log that begins all dirty ${protects ? 'is protected' : 'stays writable'} (${mmu})`,
  on,
  program: ['destroy_vm dirty_log=initially_set', write(mmu, 0), 'dirty_log on=1', write(mmu, 0)],
  sees: faults,
  want: Number(protects),
});

const BEGUN: readonly Behaviour[] = [
  {
    name: 'a split 1G page of a nested guest grants what the page did: no writes under an entry that is not dirty',
    on: ['v6.1', 'v6.18'],
    program: ['clear_gpte_dirty mmu=shadow page=8', nested('read', 8), 'dirty_log on=1 slot=1'],
    sees: ({ sps }) => sps.filter(({ role }) => role.direct && role.access !== ACC_CLEAN).length,
    want: 0,
  },
  huge_page(['v5.10'], 'up to 5.12', 'tdp', true),
  huge_page(['v5.10'], 'up to 5.12', 'shadow', true),
  huge_page(['v5.12', 'v6.18'], 'from 5.13 on', 'tdp', false),
  huge_page(['v5.12', 'v6.18'], 'from 5.13 on', 'shadow', false),
  {
    name: 'where all pages begin dirty, 4K pages stay writable when logging begins',
    on: ['v5.10', 'v5.12', 'v6.18'],
    program: ['destroy_vm dirty_log=initially_set', exec(0), 'dirty_log on=1', write('tdp', 0)],
    sees: faults,
    want: 0,
  },
  {
    name: 'pages of a level below the one from which logging protects stay writable',
    on: ['v5.10', 'v5.16'],
    program: [write('tdp', 0), 'dirty_log on=1', write('tdp', 0)],
    kernel: { dirty_log_start_level: PG_LEVEL_1G },
    sees: faults,
    want: 0,
  },
  {
    name: 'when logging stops, leaves of a table that shadows L1’s own are not asked for their size',
    on: ['B43'],
    program: [nested('read', 8), 'dirty_log on=1 slot=1', 'dirty_log on=0 slot=1'],
    sees: ({ record }) => record.findings.length,
    want: 0,
  },
];

/** Slot 3 is one half of a 1G page, at its beginning or at its end: the walk enters the 1G page, and does not visit it. */
const WALKS = [
  { where: 'behind it', before: [], page: 28, want: '112: 0 at 2,112: 1 at 2' },
  { where: 'before it', before: ['move_slot to=away slot=3'], page: 30, want: '112: 2 at 2,112: 3 at 2' },
].map(
  ({ where, before, page, want }): Behaviour => ({
    name: `a walk of the SPTEs of a slot visits none that also maps memory ${where}`,
    on: ['v5.10', 'v6.18'],
    program: [...before, `guest_read mmu=smm page=${page} offset=0`, 'dirty_log on=1 slot=3', 'dirty_log on=0 slot=3'],
    kernel: {
      tdp_mmu_dirty_logging_stopped(kvm, slot) {
        for_each_upper_spte(kvm, slot, (sp, index, at) => warn(kvm, 'LOCK', `${sp.gfn}: ${index} at ${at}`));
      },
    },
    sees: ({ record }) => record.findings.map(({ text }) => text).join(),
    want,
  }),
);

export const BEHAVIOURS_OF_DIRTY_LOGS: readonly Behaviour[] = [...CLEARED, ...BEGUN, ...WALKS];
