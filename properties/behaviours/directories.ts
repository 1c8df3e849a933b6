/** Rules about entries of L1's tables for its nested guests that come to lead to a page directory, or no longer do. */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, flushed, nested, pages } from './behaviour';

const remap = (page: number, to: number, size: '1g' | '2m', tracked: 0 | 1 = 0): string =>
  `remap_entry mmu=shadow page=${page} to=${to} tracked=${tracked} size=${size}`;
/** The splits, and the tables of the nested guest: level, whether it is direct, and the number of SPTEs that point to it. */
const splits_and_tables = ({ stat, sps }: Kvm): string => {
  const below = sps.filter(({ role, is_root }) => role.guest_mode && !is_root);
  const tables = below.map(({ role, parent_ptes }) => `${role.level}${role.direct ? 'd' : 'i'}${parent_ptes.length}`);
  return [stat.nx_lpage_splits, ...tables.sort()].join(' ');
};
const ALL = ['v5.5', 'v5.10', 'v6.1', 'v6.4', 'v6.18'];
/** 1G pages are behind pages 0, 4 and 8. */
const GIGA = ['delete_slot', 'create_slot backing=1g'];

const HOW_LARGE: readonly Behaviour[] = [
  {
    name: 'through a page directory a 1G page is mapped by 2M pages',
    on: ALL,
    program: [...GIGA, remap(8, 8, '2m'), nested('read', 8), nested('read', 9)],
    sees: pages,
    want: '0/2/0',
  },
  {
    name: 'an exec fault through a page directory splits 2M pages alone: what shadows the directory is no split',
    on: ALL,
    program: [...GIGA, remap(8, 8, '2m'), nested('exec', 8)],
    sees: splits_and_tables,
    want: '1 1d1 2i1',
  },
  {
    name: 'an exec fault through an entry of 1G splits both',
    on: ALL,
    program: [...GIGA, nested('exec', 8)],
    sees: splits_and_tables,
    want: '2 1d1 2d1',
  },
  {
    name: 'when the entry maps 1G again, up to 6.1 any table keeps the 1G page small',
    on: ['v5.10', 'v6.1'],
    program: [...GIGA, remap(8, 8, '2m'), nested('read', 8), remap(8, 8, '1g'), nested('read', 9)],
    sees: pages,
    want: '0/1/0',
  },
  {
    name: 'from 6.2 on what shadows a page directory does not: the 1G page returns, and the table stays in the hash',
    on: ['v6.4', 'v6.18'],
    program: [...GIGA, remap(8, 8, '2m'), nested('read', 8), remap(8, 8, '1g'), nested('read', 9)],
    sees: (kvm) => `${pages(kvm)}, ${splits_and_tables(kvm)}`,
    want: '0/1/1, 0 2i0',
  },
  {
    name: 'an MMIO SPTE of before an entry came to lead to a page directory is found in no table of its',
    on: ['linux-6.1', 'linux-6.12', 'linux-7.3'],
    program: [remap(0, 12, '1g'), nested('read', 0), remap(0, 12, '2m'), 'guest_read mmu=shadow page=0 offset=2'],
    sees: splits_and_tables,
    want: '0 1d1 2i1',
  },
];

const WHAT_GOES: readonly Behaviour[] = [
  {
    name: 'what an entry mapped stays until the next fault there, if KVM does not see that its size changes',
    on: ALL,
    program: [nested('exec', 0), remap(0, 0, '2m'), nested('exec', 0)],
    sees: splits_and_tables,
    want: '1 1d1 2d1',
  },
  {
    name: 'the next fault zaps the direct tables, and those below them with nothing else above',
    on: ['v5.10', 'v6.1', 'v6.4', 'v6.18'],
    program: [nested('exec', 0), nested('read', 1), remap(0, 0, '2m'), nested('exec', 1)],
    sees: splits_and_tables,
    want: '1 1d1 2i1',
  },
  {
    name: 'before 5.10 they stay, and a table of 4K pages may have two above it',
    on: ['v5.5'],
    program: [nested('exec', 0), remap(0, 0, '2m'), nested('read', 1), nested('exec', 0)],
    sees: splits_and_tables,
    want: '1 1d2 2d0 2i1',
  },
  {
    name: 'it flushes once for the tables of another size',
    on: ALL,
    program: [nested('exec', 0), remap(0, 0, '2m'), nested('read', 1)],
    sees: flushed,
    want: 1,
  },
  {
    name: 'if KVM sees that the size changes, up to 6.17 they stay in the hash, and the table of 4K pages serves the directory, too',
    on: ['v5.10', 'v6.1', 'v6.4'],
    program: [nested('exec', 0), remap(0, 0, '2m', 1), nested('exec', 0)],
    sees: splits_and_tables,
    want: '1 1d2 2d0 2i1',
  },
  {
    name: 'from 6.18 on all goes at once',
    on: ['v6.18'],
    program: [nested('exec', 0), remap(0, 0, '2m', 1)],
    sees: splits_and_tables,
    want: '0',
  },
  {
    name: 'the same where the entry maps 1G again: the table of the page directory is zapped',
    on: ['v5.10', 'v6.1', 'v6.4', 'v6.18'],
    program: [remap(0, 0, '2m'), nested('exec', 0), remap(0, 0, '1g'), nested('exec', 1)],
    sees: splits_and_tables,
    want: '1 1d1 2d1',
  },
  {
    name: 'two entries that lead to one page directory share what shadows it',
    on: ALL,
    program: [remap(0, 0, '2m'), remap(4, 0, '2m'), nested('exec', 0), nested('exec', 4)],
    sees: splits_and_tables,
    want: '1 1d1 2i2',
  },
  {
    name: 'a table that shadows a page directory and a direct one share the table of 4K pages, until it is taken',
    on: ['v5.10', 'v6.1', 'v6.18'],
    program: [remap(0, 0, '2m'), nested('exec', 0), remap(4, 0, '1g'), nested('exec', 4), 'recover ratio=1'],
    sees: splits_and_tables,
    want: '0 2d1 2i1',
  },
];

/** A page directory's entries are dirty, and the dirty bit of the entry that leads to it means nothing. */
const DIRTY: readonly Behaviour[] = [
  {
    name: 'the dirty bit of an entry that leads to a page directory is not cleared',
    on: ALL,
    program: [remap(0, 0, '2m'), 'clear_gpte_dirty mmu=shadow page=0'],
    sees: ({ gpte_clean }) => Number(gpte_clean.shadow[0]),
    want: 0,
  },
  {
    name: 'one that is clear stays so, and what the directory maps is writable',
    on: ALL,
    program: ['clear_gpte_dirty mmu=shadow page=0', remap(0, 0, '2m'), nested('read', 0), nested('write', 0)],
    sees: ({ gpte_clean, record }) => `${Number(gpte_clean.shadow[0])}, ${record.faults} faults`,
    want: '1, 0 faults',
  },
  {
    name: 'dirty logging splits 2M pages that a directory maps into direct tables, which no pass takes',
    on: ['v6.1', 'v6.4', 'v6.18'],
    program: [remap(0, 0, '2m'), nested('read', 0), 'dirty_log on=1'],
    sees: (kvm) => `${pages(kvm)}, ${splits_and_tables(kvm)}`,
    want: '4/0/0, 0 1d1 2i1',
  },
  {
    name: 'where they are only write-protected, they stay when it stops: no larger page could take their place',
    on: ['v5.5', 'v5.10', 'v5.18'],
    program: [...GIGA, remap(8, 8, '2m'), nested('read', 8), 'dirty_log on=1 slot=1', 'dirty_log on=0 slot=1'],
    sees: pages,
    want: '0/1/0',
  },
];

/** The entry of page 0 leads to the directory of the first 1G page, which lies where page 12's 1G page begins. */
const ROLES: readonly Behaviour[] = [
  {
    name: 'a walk compares roles: what a page directory mapped goes when the entry maps the 1G page in which the directory lies',
    on: ['v5.10', 'v6.1', 'v6.18', 'linux-6.12', 'linux-7.3'],
    program: [remap(0, 0, '2m'), nested('read', 0), nested('read', 1), remap(0, 12, '1g'), nested('read', 2)],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: 'up to 7.1 it compares gfns alone, and that stays (B59)',
    on: ['B59'],
    program: [remap(0, 0, '2m'), nested('read', 0), nested('read', 1), remap(0, 12, '1g'), nested('read', 2)],
    sees: pages,
    want: '0/2/0',
  },
  {
    name: 'another 1G page has another gfn',
    on: ['B59'],
    program: [remap(0, 0, '2m'), nested('read', 0), nested('read', 1), remap(0, 20, '1g'), nested('read', 2)],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: 'another page directory has another gfn, too',
    on: ['B59'],
    program: [remap(0, 4, '2m'), nested('read', 0), nested('read', 1), remap(0, 12, '1g'), nested('read', 2)],
    sees: pages,
    want: '0/0/0',
  },
];

export const BEHAVIOURS_OF_DIRECTORIES: readonly Behaviour[] = [...HOW_LARGE, ...WHAT_GOES, ...DIRTY, ...ROLES];
