/**
 * Rules about the entries of nested guests' hypervisors, which are dirty or clean, and about KVM's shadow of the tables
 * that contain them.
 */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, flushed, nested, pages } from './behaviour';

const OLD = ['v5.5', 'v5.10', 'v6.4'];
const ALL = [...OLD, 'v6.18'];

const clear = (page: number, mmu = 'shadow'): string => `clear_gpte_dirty mmu=${mmu} page=${page}`;
const roots = (kvm: Kvm): string => `${Object.values(kvm.roots).filter(Boolean).length}, ${pages(kvm)}`;
const listed = ({ stat }: Kvm): number => stat.nx_lpage_splits;
const reclaimed = ({ record }: Kvm): string =>
  record.reclaimed
    .map(({ mmu, level }) => `${mmu} ${level}`)
    .sort()
    .join();
const faults = ({ record }: Kvm): number => record.faults;
const clean = (kvm: Kvm): string => kvm.gpte_clean.shadow.map(Number).join('');

const DIRTY_BITS: readonly Behaviour[] = [
  {
    name: 'a new VM has all entries dirty: what is read can be written to',
    on: ALL,
    program: [nested('read', 0), nested('write', 0)],
    sees: faults,
    want: 0,
  },
  {
    name: 'what is mapped where the entry is clean cannot be written to',
    on: ALL,
    program: [clear(0), nested('read', 0), nested('write', 0)],
    sees: faults,
    want: 1,
  },
  {
    name: 'the first write brings a tree of its own, and the other stays',
    on: ALL,
    program: [clear(0), nested('read', 0), nested('write', 0)],
    sees: pages,
    want: '0/2/0',
  },
  {
    name: 'the write has marked the entry dirty',
    on: ALL,
    program: [clear(0), nested('write', 0)],
    sees: clean,
    want: '00000000',
  },
  {
    name: 'a write marks the entry where there is no memory, too',
    on: ALL,
    program: [clear(24), nested('write', 26)],
    sees: clean,
    want: '00000000',
  },
  {
    name: 'a read and a fetch mark nothing',
    on: ALL,
    program: [clear(0), nested('read', 0), nested('exec', 4), clear(4), nested('exec', 5)],
    sees: clean,
    want: '11000000',
  },
  {
    name: 'where there is no memory there is no entry to clear',
    on: ALL,
    program: [clear(26)],
    sees: clean,
    want: '00000000',
  },
  {
    name: 'entries of a new VM are dirty, whatever those of the VM before it were',
    on: ALL,
    program: [clear(0), 'destroy_vm'],
    sees: clean,
    want: '00000000',
  },
  {
    name: 'splits in either tree are listed',
    on: ALL,
    program: [clear(0), nested('exec', 0), nested('write', 0), nested('exec', 0)],
    sees: listed,
    want: 2,
  },
  {
    name: 'the read-only tree is found again in the hash, with its leaves',
    on: OLD,
    program: [clear(0), nested('read', 0), nested('write', 0), clear(0), nested('read', 0), nested('write', 0)],
    sees: pages,
    want: '0/2/0',
  },
  {
    name: 'prefetch maps the neighbours of a page under dirty logging where all are read-only',
    on: ALL,
    program: ['dirty_log on=1', clear(0), nested('read', 0)],
    sees: pages,
    want: '2/0/0',
  },
  {
    name: 'prefetch maps no neighbours under dirty logging where they are writable',
    on: ALL,
    program: ['dirty_log on=1', nested('read', 0)],
    sees: pages,
    want: '1/0/0',
  },
  {
    name: 'replacing one tree by the other flushes',
    on: ALL,
    program: [clear(0), nested('read', 0), nested('write', 0)],
    sees: flushed,
    want: 1,
  },
  {
    name: 'a write outside memory brings the other tree, too: the leaves of the first are no longer reachable',
    on: ALL,
    program: [clear(24), nested('exec', 24), nested('write', 26), clear(24)],
    sees: pages,
    want: '2/0/0',
  },
  {
    name: 'the tree that such a write brings is flushed, and found again in the hash',
    on: OLD,
    program: [nested('read', 24), clear(24), nested('read', 24), nested('write', 26)],
    sees: (kvm, before) => `${flushed(kvm, before)}, ${kvm.sps.length}`,
    want: '1, 5',
  },
  {
    name: 'a read outside memory builds no tree',
    on: ALL,
    program: [clear(24), nested('read', 24), nested('read', 26)],
    sees: flushed,
    want: 0,
  },
  {
    name: 'a 1G page that may not be written to is split into pages that may not, either',
    on: ['v6.2', 'v6.18'],
    program: [clear(8), nested('read', 8), 'dirty_log on=1 slot=1', 'dirty_log on=0 slot=1', nested('write', 8)],
    sees: faults,
    want: 1,
  },
];

const TRACKED_WRITES: readonly Behaviour[] = [
  {
    name: 'a table without a shadow page is not write-tracked',
    on: ALL,
    program: [clear(0)],
    sees: flushed,
    want: 0,
  },
  {
    name: 'an entry that was clean is not written to',
    on: ALL,
    program: [clear(0), nested('read', 0), clear(0)],
    sees: flushed,
    want: 0,
  },
  {
    name: 'a write to an entry that maps nothing owes no flush',
    on: ALL,
    program: [nested('read', 0), clear(4)],
    sees: flushed,
    want: 0,
  },
  {
    name: 'a write to an entry that maps something is flushed once',
    on: ALL,
    program: [nested('read', 0), clear(0)],
    sees: flushed,
    want: 1,
  },
  {
    name: 'the table that the entry pointed to stays, up to 6.17',
    on: OLD,
    program: [nested('exec', 0), clear(0)],
    sees: (kvm) => `${listed(kvm)} of ${pages(kvm)}`,
    want: '1 of 2/0/0',
  },
  {
    name: 'the table that the entry pointed to is zapped with it in 7.3',
    on: ['v6.18'],
    program: [nested('exec', 0), clear(0)],
    sees: (kvm) => `${listed(kvm)} of ${pages(kvm)}`,
    want: '0 of 0/0/0',
  },
  {
    name: 'a table that the entry does not lead to stays, whatever the entry maps',
    on: ['v6.4', 'v6.18'],
    program: [
      nested('read', 8),
      'dirty_log on=1 slot=1',
      nested('write', 8),
      'dirty_log on=0 slot=1',
      nested('read', 8),
      clear(8),
    ],
    sees: ({ sps }) => sps.filter(({ role, parent_ptes }) => role.level === 2 && parent_ptes.length === 0).length,
    want: 1,
  },
  {
    name: 'a table that another guest uses, too, stays',
    on: ALL,
    program: [nested('read', 0), 'guest_read mmu=shadow2 page=0 offset=0', clear(0)],
    sees: pages,
    want: '0/1/0',
  },
  {
    name: 'a 1G page goes when its entry is written to',
    on: ALL,
    program: [nested('read', 8), clear(8)],
    sees: pages,
    want: '0/0/0',
  },
  {
    name: 'two writes in a row are no flood',
    on: ALL,
    program: [nested('read', 24), clear(0), clear(4)],
    sees: roots,
    want: '1, 2/0/0',
  },
  {
    name: 'three writes in a row are a flood: all mappings of the guest are zapped',
    on: ['v5.10', 'v6.4', 'v6.18'],
    program: [nested('read', 24), clear(0), clear(4), clear(8)],
    sees: roots,
    want: '0, 0/0/0',
  },
  {
    name: 'a flood zaps the root, and the tables of both trees',
    on: ['v5.10', 'v6.4', 'v6.18'],
    program: [clear(24), nested('read', 24), clear(0), clear(4), clear(8)],
    sees: reclaimed,
    want: 'shadow 3,shadow_clean 1,shadow_clean 2',
  },
  {
    name: 'the root that goes in a flood is the one of the guest that wrote',
    on: ['v6.18'],
    program: ['guest_read mmu=shadow2 page=24 offset=0', clear(0, 'shadow2'), clear(4, 'shadow2'), clear(8, 'shadow2')],
    sees: reclaimed,
    want: 'shadow 1,shadow 2,shadow2 3',
  },
  {
    name: 'before 5.10 a flood zaps no tables below the root',
    on: ['v5.5'],
    program: [nested('read', 24), clear(0), clear(4), clear(8)],
    sees: roots,
    want: '0, 2/0/0',
  },
  {
    name: 'a fault between two writes resets the flood count',
    on: ALL,
    program: [nested('read', 24), clear(0), clear(4), nested('exec', 24), nested('read', 9), clear(8)],
    sees: ({ roots }) => (roots.shadow === null ? 'gone' : 'there'),
    want: 'there',
  },
  {
    name: 'writes of one guest do not count for a flood of another',
    on: ALL,
    program: [
      nested('read', 24),
      'guest_read mmu=shadow2 page=24 offset=0',
      clear(0, 'shadow2'),
      clear(4, 'shadow2'),
      clear(8, 'shadow2'),
    ],
    sees: roots,
    want: '1, 2/0/0',
  },
  {
    name: 'a flood is flushed once',
    on: ALL,
    program: [nested('read', 24), clear(0), clear(4), clear(8)],
    sees: flushed,
    want: 1,
  },
];

export const BEHAVIOURS_OF_NESTED_GUESTS: readonly Behaviour[] = [...DIRTY_BITS, ...TRACKED_WRITES];
