/** Rules about what is flushed, and when a lock is dropped for another thread. */
import { type Behaviour, exec, FOUR_TABLES, flushed, flushes, nested, read } from './behaviour';

const FLUSHES: readonly Behaviour[] = [
  {
    name: 'a fault that replaces nothing flushes nothing',
    on: ['v5.5', 'v5.10', 'v5.18', 'v6.18'],
    program: [nested('exec', 0), nested('read', 1), exec(0), read(1), 'guest_exec mmu=tdp page=8 offset=0'],
    sees: flushes,
    want: 0,
  },
  {
    name: 'a huge leaf is flushed before a table takes its place',
    on: ['v5.5', 'v6.18'],
    program: [nested('read', 0), nested('exec', 0)],
    sees: flushes,
    want: 1,
  },
  {
    name: 'a huge leaf that takes the place of a table flushes that',
    on: ['v6.2', 'v6.18'],
    program: ['dirty_log on=1', nested('write', 0), 'dirty_log on=0', nested('read', 0)],
    sees: flushed,
    want: 1,
  },
  {
    name: 'a huge TDP leaf that takes the place of a table flushes that',
    on: ['v6.2', 'v6.18'],
    program: ['invalidate_4k page=0 offset=0', read(0), 'invalidate page=0', read(0)],
    sees: flushed,
    want: 1,
  },
  {
    name: 'a huge TDP leaf that goes for a table is flushed',
    on: ['v5.10', 'v5.12', 'v5.18'],
    program: [read(0), exec(0)],
    sees: flushed,
    want: 1,
  },
  {
    name: 'memory that the host takes back below a new root is flushed, whatever is below an old root',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', read(0), 'invalidate page=0'],
    sees: flushed,
    want: 1,
  },
  {
    name: 'memory that the host takes back below an old root is flushed, too',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', 'invalidate page=4'],
    sees: flushed,
    want: 1,
  },
  {
    name: 'memory below an old root that the host does not take back is not flushed',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0 pause=1', read(0), 'invalidate page=5'],
    sees: flushed,
    want: 0,
  },
  {
    name: 'obsolete TDP tables owe no flush: no vCPU uses their roots',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), 'nx_huge_pages on=0'],
    sees: flushed,
    want: 0,
  },
  {
    name: 'a pass that nobody interrupts flushes once',
    on: ['v5.5', 'v5.10', 'v5.18', 'v6.2'],
    program: [exec(0), exec(1), nested('exec', 0), nested('exec', 1), 'recover ratio=1'],
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 1,
  },
  {
    name: 'a pass that nobody interrupts flushes once a list',
    on: ['v6.18', 'patch-v1-fixed'],
    program: [exec(0), exec(1), nested('exec', 0), nested('exec', 1), 'recover ratio=1'],
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 2,
  },
  {
    name: 'a pass over pages of one MMU flushes once',
    on: ['v6.18', 'patch-v1-fixed'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    sees: ({ record }) => record.passes[0]?.flushes ?? -1,
    want: 1,
  },
];

/** An operation is paused at its first place. Then another thread wants the lock, and need not wait. */
const lets_in = (
  what: string,
  on: readonly string[],
  before: readonly string[],
  paused: string,
  pause: number = 1,
): Behaviour => ({
  name: `${what} releases its lock for a thread that wants it`,
  on,
  program: [...before, `${paused} pause=${pause}`, 'guest_read mmu=shadow page=5 offset=0 vcpu=1'],
  sees: (kvm) => `${kvm.paused.length} paused, mapped at ${kvm.record.mapped_level}`,
  want: '1 paused, mapped at 2',
});

const LOCKS: readonly Behaviour[] = [
  lets_in(
    'a toggle over shadow pages',
    ['v5.5', 'v6.18'],
    [nested('exec', 0), nested('exec', 1)],
    'nx_huge_pages on=0',
  ),
  lets_in('a toggle over TDP pages', ['v5.10', 'v6.18'], [exec(0), exec(8)], 'nx_huge_pages on=0'),
  lets_in(
    'a pass over shadow pages',
    ['v5.5', 'v5.10', 'v6.2', 'v6.18'],
    [nested('exec', 0), nested('exec', 1)],
    'recover ratio=1',
  ),
  lets_in('a pass over TDP pages', ['v5.10', 'v6.2', 'patch-v1-fixed'], [exec(0), exec(1)], 'recover ratio=1'),
  // At the first place, the page has been taken and not zapped yet.
  lets_in('a pass that has zapped a TDP page', ['v6.18'], [exec(0), exec(1)], 'recover ratio=1', 2),
  lets_in('a zap that releases its lock in the middle', ['B3'], [exec(0), exec(1)], 'recover ratio=1'),
  {
    name: 'a toggle keeps its lock unless another thread wants it, with one yield point a page',
    on: ['v5.5'],
    program: [...FOUR_TABLES, 'nx_huge_pages on=0'],
    sees: ({ record }) => record.yields,
    want: 5,
  },
  {
    name: 'a toggle keeps its lock unless another thread wants it, with one yield point an entry of the root',
    on: ['v5.10', 'v6.18'],
    program: [exec(0), exec(4), 'nx_huge_pages on=0'],
    sees: ({ record }) => record.yields,
    want: 2,
  },
  {
    name: 'a pass keeps its lock unless another thread wants it, with one yield point a page',
    on: ['v5.5', 'v5.10', 'v6.2', 'v6.18', 'patch-v1-fixed'],
    program: [nested('exec', 0), nested('exec', 1), 'recover ratio=1'],
    sees: ({ record }) => record.yields,
    want: 2,
  },
  {
    name: 'a pass over TDP pages keeps its lock unless another thread wants it, with one yield point a page',
    on: ['v5.10', 'v6.2', 'patch-v1-fixed'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    sees: ({ record }) => record.yields,
    want: 2,
  },
  {
    name: 'a pass that holds mmu_lock for read has two yield points a page',
    on: ['v6.18'],
    program: [exec(0), exec(1), 'recover ratio=1'],
    sees: ({ record }) => record.yields,
    want: 4,
  },
];

export const BEHAVIOURS_OF_FLUSHES: readonly Behaviour[] = [...FLUSHES, ...LOCKS];
