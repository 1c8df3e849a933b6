/** A scenario of memory attributes. No kernel at hand gives them to a VM of the default type: what is here is from reading. */
import { DIRECT, OLD, type Scenario } from './scenario_list';

const UNTIL_6_7 = [...OLD, 'v5.10', 'v5.12', 'v5.16', 'v5.18', 'v6.1', 'linux-6.1', 'v6.2', 'v6.4'];
const FROM_6_8 = ['linux-6.12', 'v6.18', 'linux-7.3', 'linux-7.3-b30-fixed'];

export const SCENARIOS_OF_ATTRIBUTES: readonly Scenario[] = [
  {
    name: 'a page becomes private: from 6.8 its region is mapped by 4K pages, and huge again when the page is shared again',
    world: DIRECT,
    program: [
      'guest_read mmu=tdp page=0 offset=0',
      'attributes page=0 offset=0 private=1',
      'guest_read mmu=tdp page=0 offset=1',
      'attributes page=0 offset=1 private=0',
      'attributes page=0 offset=0 private=0',
      'guest_read mmu=tdp page=0 offset=0',
    ],
    seen: [
      { by: UNTIL_6_7, after: '0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0' },
      { by: FROM_6_8, after: '0: 0/1/0, 0: 0/0/0, 0: 1/0/0, 0: 1/0/0, 0: 1/0/0, 0: 0/1/0' },
    ],
  },
];
