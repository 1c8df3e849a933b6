/** Scenarios of real kernels that no recorded program covers. `seen` is what is observed after each command. */
import { recorded_world, type World } from '../world/world';

/** A program in a world, with what variants show. */
export interface Scenario {
  readonly name: string;
  readonly world: World;
  readonly program: readonly string[];
  readonly seen: readonly Seen[];
}

/** What these variants show after each command: `splits: leaves of 4K/2M/1G`, and the time in ms once it is not 0. */
interface Seen {
  readonly by: readonly string[];
  readonly after: string;
  /** What their reference expects, if it differs because the variants have the defect that the scenario shows. */
  readonly wanted?: string;
}

export const DIRECT = recorded_world(16);
const slot_1g = { home: 0, away: 1024, regions: 512, backing: '1g' } as const;
const GIGA: World = { ...DIRECT, name: 'one 1G page', regions: 512, slots: [slot_1g] };
const NO_TDP: World = { ...GIGA, name: 'one 1G page, kvm.tdp_mmu=0', tdp_mmu: false };

const exec = (mmu: string, pages: readonly number[]) =>
  pages.map((page) => `guest_exec mmu=${mmu} page=${page} offset=0`);
const upto = (n: number) => Array.from({ length: n }, (_, i) => i);

export const OLD = ['v5.5'];
export const UP_TO_5_15 = ['v5.10', 'v5.12'];
export const UP_TO_5_17 = [...UP_TO_5_15, 'v5.16'];
export const SINCE_6_4 = ['v6.4', 'v6.18', 'linux-6.12', 'linux-7.3-b30-fixed'];
const SINCE_5_18 = ['v5.18', 'linux-6.1', 'v6.2', ...SINCE_6_4];
const SINCE_5_10 = [...UP_TO_5_17, ...SINCE_5_18];
const SINCE_6_0 = SINCE_5_18.filter((name) => name !== 'v5.18');
const TWELVE = Array.from({ length: 12 }, (_, i) => `${i + 1}: ${i + 1}/0/0`).join(', ');

/**
 * A slot of 4K pages that is under dirty logging for a while. Then one page is unmapped, and a page beside it, which
 * was logged, is written.
 */
const logged_for_a_while = (mmu: string) => [
  `guest_exec mmu=${mmu} page=0 offset=2`,
  'dirty_log on=1',
  'dirty_log on=0',
  'invalidate_4k page=0 offset=3',
  `guest_write mmu=${mmu} page=0 offset=2`,
];
export const SMALL: World = {
  ...DIRECT,
  name: 'a slot of 4K pages',
  slots: [{ home: 0, away: 16, regions: 16, backing: '4k' }],
};

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'a nested guest writes to a page that is still write-protected: its fault also maps the neighbours',
    world: SMALL,
    program: logged_for_a_while('shadow'),
    seen: [{ by: [...OLD, ...SINCE_5_10], after: '0: 8/0/0, 0: 8/0/0, 0: 8/0/0, 0: 7/0/0, 0: 8/0/0' }],
  },
  {
    name: 'L1 without a TDP MMU does the same: the page becomes writable, and no neighbour is mapped',
    world: { ...SMALL, name: 'a slot of 4K pages, kvm.tdp_mmu=0', tdp_mmu: false },
    program: logged_for_a_while('tdp'),
    seen: [{ by: [...OLD, ...SINCE_5_10], after: '0: 8/0/0, 0: 8/0/0, 0: 8/0/0, 0: 7/0/0, 0: 7/0/0' }],
  },
  {
    name: 'twelve splits at ratio 4',
    world: DIRECT,
    program: [...exec('tdp', upto(12)), ...upto(7).map(() => 'recover ratio=4')],
    seen: [
      { by: SINCE_5_10, after: `${TWELVE}, 9: 9/0/0, 6: 6/0/0, 4: 4/0/0, 3: 3/0/0, 2: 2/0/0, 1: 1/0/0, 0: 0/0/0` },
      {
        by: ['linux-7.3'],
        after: `${TWELVE}, 9: 9/0/0, 6: 6/0/0, 3: 3/0/0, 0: 0/0/0, 0: 0/0/0, 0: 0/0/0, 0: 0/0/0`,
        wanted: `${TWELVE}, 9: 9/0/0, 6: 6/0/0, 4: 4/0/0, 3: 3/0/0, 2: 2/0/0, 1: 1/0/0, 0: 0/0/0`,
      },
    ],
  },
  {
    name: 'an exec fault under dirty logging, whose leaf is gone when logging stops (B37)',
    world: DIRECT,
    program: [
      'dirty_log on=1',
      'guest_exec mmu=tdp page=0 offset=0',
      'invalidate page=0',
      'dirty_log on=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'recover ratio=1',
      'guest_read mmu=tdp page=0 offset=0',
    ],
    seen: [
      {
        by: [...UP_TO_5_17, 'v5.18', 'v6.2', 'v6.4', 'v6.18', 'linux-6.1', 'linux-6.12'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/0/0, 1: 1/0/0, 0: 0/0/0, 0: 0/1/0',
      },
      {
        by: ['linux-7.3', 'linux-7.3-b30-fixed', 'B37'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/0/0, 0: 1/0/0, 0: 1/0/0, 0: 1/0/0',
        wanted: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/0/0, 1: 1/0/0, 0: 0/0/0, 0: 0/1/0',
      },
    ],
  },
  {
    name: 'a nested exec fault under dirty logging (B38)',
    world: DIRECT,
    program: [
      'dirty_log on=1',
      'guest_exec mmu=shadow page=0 offset=0',
      'dirty_log on=0',
      'guest_read mmu=shadow page=0 offset=0',
      'recover ratio=1',
      'guest_read mmu=shadow page=0 offset=0',
    ],
    seen: [
      {
        by: ['v5.5', ...UP_TO_5_17, 'v5.18', 'v6.2', 'v6.4', 'v6.18'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0',
      },
      {
        by: ['linux-6.1', 'linux-6.12', 'linux-7.3', 'linux-7.3-b30-fixed', 'B38'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 8/0/0, 0: 8/0/0, 0: 8/0/0',
        wanted: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0',
      },
    ],
  },
  {
    name: 'a 1G page: the first fetch counts 2, each other region 1; the pass removes the 1G-level table and all below',
    world: GIGA,
    program: [...exec('tdp', upto(3)), 'recover ratio=4'],
    seen: [
      { by: OLD, after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 3: 24/0/0' },
      { by: SINCE_5_10, after: '2: 1/0/0, 3: 2/0/0, 4: 3/0/0, 0: 0/0/0' },
    ],
  },
  {
    name: 'a 1G page through the shadow MMU: from 5.10 on the pass also removes the nested tables below',
    world: GIGA,
    program: [...exec('shadow', upto(3)), 'recover ratio=4'],
    seen: [
      { by: OLD, after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 3: 24/0/0' },
      { by: SINCE_5_10, after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 0: 0/0/0' },
    ],
  },
  {
    name: 'a 1G page without a TDP MMU: the pass removes only the 1G-level table',
    world: NO_TDP,
    program: [...exec('tdp', upto(3)), 'recover ratio=4'],
    seen: [{ by: [...OLD, ...SINCE_5_10], after: '2: 8/0/0, 3: 16/0/0, 4: 24/0/0, 3: 24/0/0' }],
  },
  {
    name: 'dirty logging splits huge leaves: from 5.18 on at once, before when they are written to',
    world: DIRECT,
    program: [
      'guest_read mmu=tdp page=0 offset=0',
      'dirty_log on=1',
      'guest_read mmu=tdp page=0 offset=1',
      'guest_write mmu=tdp page=0 offset=0',
    ],
    seen: [
      { by: ['v5.5', ...UP_TO_5_17], after: '0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 1/0/0' },
      { by: SINCE_5_18, after: '0: 0/1/0, 0: 512/0/0, 0: 512/0/0, 0: 512/0/0' },
    ],
  },
  {
    name: 'dirty logging splits nested huge leaves: from 6.0 on at once, before when they are written to',
    world: DIRECT,
    program: [
      'guest_read mmu=shadow page=0 offset=0',
      'dirty_log on=1',
      'guest_read mmu=shadow page=0 offset=1',
      'guest_write mmu=shadow page=0 offset=0',
    ],
    seen: [
      { by: ['v5.5', ...UP_TO_5_17, 'v5.18'], after: '0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 1/0/0' },
      { by: SINCE_6_0, after: '0: 0/1/0, 0: 512/0/0, 0: 512/0/0, 0: 512/0/0' },
    ],
  },
  {
    name: 'the period is one minute; from 5.16 on 3600000 ms divided by the ratio, or the parameter',
    world: DIRECT,
    program: [
      'recovery_ratio ratio=3600',
      'wait until=before_due',
      'wait until=due',
      'recovery_period ms=500',
      'wait until=due',
    ],
    seen: [
      { by: ['v5.5', ...UP_TO_5_15], after: idle('', '59999', '60000', '60000', '120000') },
      { by: ['v5.16', ...SINCE_5_18], after: idle('', '999', '1000', '1000', '1500') },
    ],
  },
  {
    name: 'invalidating a region removes the TDP tables in it up to 5.17, later only the leaves',
    world: DIRECT,
    program: ['guest_exec mmu=tdp page=0 offset=0', 'invalidate page=0'],
    seen: [
      { by: OLD, after: '1: 8/0/0, 1: 0/0/0' },
      { by: UP_TO_5_17, after: '1: 1/0/0, 0: 0/0/0' },
      { by: SINCE_5_18, after: '1: 1/0/0, 1: 0/0/0' },
    ],
  },
  {
    name: 'an invalidated 4K page makes its region non-huge: executing there is not counted',
    world: DIRECT,
    program: ['invalidate_4k page=0 offset=0', 'guest_exec mmu=tdp page=0 offset=0'],
    seen: [
      { by: OLD, after: '0: 0/0/0, 0: 8/0/0' },
      { by: SINCE_5_10, after: '0: 0/0/0, 0: 1/0/0' },
    ],
  },
  {
    name: 'a table that no exec fault built keeps its region small up to 6.1; later a read puts a huge leaf over it',
    world: DIRECT,
    program: [
      'invalidate_4k page=0 offset=0',
      'guest_read mmu=tdp page=0 offset=0',
      'invalidate page=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=0 offset=1',
    ],
    seen: [
      { by: [...UP_TO_5_17, 'v5.18'], after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 1: 1/0/0, 1: 2/0/0' },
      {
        by: ['linux-6.1'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 1/0/0, 0: 2/0/0',
        wanted: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 1: 1/0/0, 1: 2/0/0',
      },
      {
        by: ['v6.2', ...SINCE_6_4, 'linux-7.3'],
        after: '0: 0/0/0, 0: 1/0/0, 0: 0/0/0, 0: 1/0/0, 0: 0/1/0',
      },
    ],
  },
  {
    name: "the kernel's own selftest",
    world: DIRECT,
    program: [
      'recovery_ratio ratio=1',
      'recovery_period ms=100',
      'guest_read mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=1 offset=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_exec mmu=tdp page=2 offset=0',
      'guest_read mmu=tdp page=0 offset=0',
      'wait until=due',
      'guest_read mmu=tdp page=2 offset=0',
    ],
    seen: [
      {
        by: ['linux-6.1'],
        after: '0: 0/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 1: 1/1/0, 2: 2/1/0, 2: 2/1/0, 0: 0/1/0 100ms, 0: 0/2/0 100ms',
      },
      {
        by: ['linux-6.12', 'linux-7.3', 'linux-7.3-b30-fixed'],
        after:
          '0: 0/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 1: 512/1/0, 2: 513/1/0, 2: 513/1/0, 0: 0/1/0 100ms, 0: 0/2/0 100ms',
      },
    ],
  },
];

/** What is seen while nothing is split or mapped, at these times. */
export function idle(...times: string[]): string {
  return times.map((ms) => `0: 0/0/0${ms && ` ${ms}ms`}`).join(', ');
}
