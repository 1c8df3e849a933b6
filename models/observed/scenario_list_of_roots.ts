/** Scenarios of roots that vCPUs let go of. What 6.1, 6.12 and 7.3 show was seen on kernels; what older ones show is from reading. */
import { DIRECT, OLD, type Scenario } from './scenario_list';

/** The last vCPU takes the TDP MMU's tables along. 6.1 as shipped does not: its stable updates have the fix. */
const UNTIL_6_3 = ['v5.10', 'v5.12', 'v5.16', 'v5.18', 'v6.1', 'v6.2'];
const FROM_6_4 = ['linux-6.1', 'v6.4', 'linux-6.12', 'v6.18', 'linux-7.3', 'linux-7.3-b30-fixed'];

export const SCENARIOS_OF_ROOTS: readonly Scenario[] = [
  {
    name: 'the only vCPU lets go of its roots: up to 6.3 all goes that L1 has mapped, and nothing of nested guests',
    world: DIRECT,
    program: [
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=1 offset=0',
      'guest_exec mmu=shadow page=2 offset=0',
      'drop_roots',
      'guest_read mmu=tdp page=0 offset=0',
      'guest_read mmu=shadow page=2 offset=0',
    ],
    seen: [
      { by: OLD, after: '1: 8/0/0, 1: 8/1/0, 2: 16/1/0, 2: 16/1/0, 2: 16/1/0, 2: 16/1/0' },
      { by: UNTIL_6_3, after: '1: 1/0/0, 1: 1/1/0, 2: 9/1/0, 1: 8/0/0, 1: 8/1/0, 1: 8/1/0' },
      { by: FROM_6_4, after: '1: 1/0/0, 1: 1/1/0, 2: 9/1/0, 2: 9/1/0, 2: 9/1/0, 2: 9/1/0' },
    ],
  },
];
