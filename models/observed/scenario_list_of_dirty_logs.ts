/**
 * Scenarios of dirty logging as virtual machine monitors use it: logs that begin with all pages dirty, and whose bits are
 * cleared. What 6.1, 6.12 and 7.3 show was seen on kernels; what older ones show is from reading.
 */
import { DIRECT, OLD, type Scenario, SMALL, UP_TO_5_15 } from './scenario_list';

const FROM_5_12 = ['v5.12', 'v5.16'];
const FROM_6_1 = ['v6.1', 'v6.2', 'v6.4', 'linux-6.12'];
const FROM_6_18 = ['v6.18', 'linux-7.3', 'linux-7.3-b30-fixed'];
const READS = '0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 0: 0/3/0, 0: 0/3/0';

export const SCENARIOS_OF_DIRTY_LOGS: readonly Scenario[] = [
  {
    name: 'a log that begins with all pages dirty splits what is cleared, and not before; one page alone (B41)',
    world: DIRECT,
    program: [
      'destroy_vm dirty_log=initially_set',
      'guest_read mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=1 offset=0',
      'guest_read mmu=shadow page=2 offset=0',
      'dirty_log on=1',
      'guest_write mmu=tdp page=1 offset=0',
      'clear_dirty_log size=4k page=0 offset=0',
      'clear_dirty_log size=2m page=2 offset=0',
      'guest_write mmu=tdp page=0 offset=1',
      'dirty_log on=0',
    ],
    seen: [
      { by: [...OLD, 'v5.10'], after: `${READS}, 0: 1/2/0, 0: 1/2/0, 0: 1/2/0, 0: 2/1/0, 0: 0/1/0` },
      { by: FROM_5_12, after: `${READS}, 0: 0/3/0, 0: 0/3/0, 0: 0/3/0, 0: 1/2/0, 0: 0/2/0` },
      { by: ['v5.18'], after: `${READS}, 0: 0/3/0, 0: 512/2/0, 0: 512/2/0, 0: 512/2/0, 0: 0/2/0` },
      { by: FROM_6_1, after: `${READS}, 0: 0/3/0, 0: 512/2/0, 0: 1024/1/0, 0: 1024/1/0, 0: 0/1/0` },
      {
        by: ['linux-6.1', 'B41'],
        after: `${READS}, 0: 0/3/0, 0: 0/3/0, 0: 512/2/0, 0: 513/1/0, 0: 0/1/0`,
        wanted: `${READS}, 0: 0/3/0, 0: 512/2/0, 0: 1024/1/0, 0: 1024/1/0, 0: 0/1/0`,
      },
      { by: FROM_6_18, after: `${READS}, 0: 0/3/0, 0: 512/2/0, 0: 1024/1/0, 0: 1024/1/0, 0: 0/2/0` },
    ],
  },
  {
    name: 'a huge page that returns has the rights of the first page: the next log finds it protected',
    world: DIRECT,
    program: [
      'destroy_vm dirty_log=initially_set',
      'guest_read mmu=tdp page=0 offset=0',
      'dirty_log on=1',
      'clear_dirty_log size=2m page=0 offset=0',
      'dirty_log on=0',
      'dirty_log on=1',
      'guest_write mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=1 offset=0',
      'clear_dirty_log size=slot page=0 offset=0',
      'dirty_log on=0',
    ],
    seen: [
      {
        by: [...OLD, ...UP_TO_5_15, 'v5.16'],
        after: '0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 1/0/0, 0: 2/0/0, 0: 2/0/0, 0: 0/0/0',
      },
      {
        by: ['v5.18', 'linux-6.1', ...FROM_6_1],
        after: '0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 512/0/0, 0: 0/0/0, 0: 0/0/0, 0: 1/0/0, 0: 2/0/0, 0: 2/0/0, 0: 0/0/0',
      },
      {
        by: FROM_6_18,
        after:
          '0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 512/0/0, 0: 0/1/0, 0: 0/1/0, 0: 512/0/0, 0: 513/0/0, 0: 513/0/0, 0: 0/2/0',
      },
    ],
  },
  {
    name: 'a huge page that returns protected is split by an exec fault, and its pages stay protected',
    world: DIRECT,
    program: [
      'destroy_vm dirty_log=initially_set',
      'guest_read mmu=tdp page=0 offset=0',
      'dirty_log on=1',
      'clear_dirty_log size=4k page=0 offset=0',
      'dirty_log on=0',
      'dirty_log on=1',
      'guest_exec mmu=tdp page=0 offset=0',
      'dirty_log on=0',
      'dirty_log on=1',
      'guest_write mmu=tdp page=0 offset=0',
    ],
    seen: [
      {
        by: FROM_6_18,
        after:
          '0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 512/0/0, 0: 0/1/0, 0: 0/1/0, 0: 512/0/0, 0: 0/1/0, 0: 0/1/0, 0: 512/0/0',
      },
    ],
  },
  {
    name: 'a log that begins with all pages dirty protects nothing: the write of a nested guest maps no neighbour',
    world: SMALL,
    program: [
      'destroy_vm dirty_log=initially_set',
      'guest_exec mmu=shadow page=0 offset=2',
      'dirty_log on=1',
      'dirty_log on=0',
      'invalidate_4k page=0 offset=3',
      'guest_write mmu=shadow page=0 offset=2',
    ],
    seen: [
      { by: OLD, after: '0: 0/0/0, 0: 8/0/0, 0: 8/0/0, 0: 8/0/0, 0: 7/0/0, 0: 8/0/0' },
      {
        by: [...UP_TO_5_15, 'v5.16', 'v5.18', 'linux-6.1', ...FROM_6_1, ...FROM_6_18],
        after: '0: 0/0/0, 0: 8/0/0, 0: 8/0/0, 0: 8/0/0, 0: 7/0/0, 0: 7/0/0',
      },
    ],
  },
];
