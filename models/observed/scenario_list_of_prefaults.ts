/**
 * Scenarios of pages that are mapped before the guest accesses them. All was seen on 6.12.118 and 7.3.4 but for the slot on its way
 * out, which takes two threads: that neither ends, or a prefault gives up, was seen in a race.
 */
import type { World } from '../world/world';
import { DIRECT, OLD, type Scenario } from './scenario_list';

const UNTIL_6_10 = [...OLD, 'v5.10', 'v5.12', 'v5.16', 'v5.18', 'v6.1', 'linux-6.1', 'v6.2', 'v6.4'];
const FROM_6_18 = ['v6.18', 'linux-7.3', 'linux-7.3-b30-fixed'];
const FROM_6_11 = ['linux-6.12', ...FROM_6_18];

/** The stub of a real kernel runs on vCPU 0, so vCPU 1 is the one that has not run. */
const TWO_VCPUS: World = { ...DIRECT, name: 'two vCPUs', vcpus: 2 };
const BY_4K_WITHOUT_TDP_MMU: World = {
  ...DIRECT,
  name: 'a slot of 4K pages, kvm.tdp_mmu=0',
  slots: [{ home: 0, away: 16, regions: 16, backing: '4k' }],
  tdp_mmu: false,
};
const prefault = 'prefault mmu=tdp page=0 offset=0 vcpu=1';

export const SCENARIOS_OF_PREFAULTS: readonly Scenario[] = [
  {
    name: 'a page is mapped in advance: from 6.11 as by a read, before not at all',
    world: TWO_VCPUS,
    program: [prefault, 'guest_exec mmu=tdp page=0 offset=0', 'prefault mmu=tdp page=1 offset=0'],
    seen: [
      { by: OLD, after: '0: 0/0/0, 1: 8/0/0, 1: 8/0/0' },
      { by: UNTIL_6_10, after: '0: 0/0/0, 1: 1/0/0, 1: 1/0/0' },
      { by: FROM_6_11, after: '0: 0/1/0, 1: 512/0/0, 1: 512/1/0' },
    ],
  },
  {
    name: 'all is zapped before a page is mapped in advance: up to 6.14 the root is obsolete (B57)',
    world: TWO_VCPUS,
    program: [prefault, 'nx_huge_pages on=0', prefault],
    seen: [
      { by: ['linux-6.12'], after: '0: 0/1/0, 0: 0/0/0, 0: 0/0/0', wanted: '0: 0/1/0, 0: 0/0/0, 0: 0/1/0' },
      { by: FROM_6_18, after: '0: 0/1/0, 0: 0/0/0, 0: 0/1/0' },
    ],
  },
  {
    name: 'a slot is on its way out when its page is to be mapped: from 6.18 the prefault gives up, before it waits',
    world: TWO_VCPUS,
    program: ['guest_read mmu=tdp page=0 offset=0', 'recreate_slot pause=1', prefault],
    seen: [
      { by: ['linux-6.12'], after: '0: 0/1/0, 0: 0/0/0, 0: 0/1/0' },
      { by: FROM_6_18, after: '0: 0/1/0, 0: 0/0/0, 0: 0/0/0', wanted: '0: 0/1/0, 0: 0/0/0, 0: 0/1/0' },
    ],
  },
  {
    name: 'a page is mapped that is mapped: up to 6.12 the shadow MMU writes it anew, and maps its neighbours',
    world: BY_4K_WITHOUT_TDP_MMU,
    program: [
      'dirty_log on=1',
      'guest_read mmu=tdp page=0 offset=0',
      'dirty_log on=0',
      prefault.replace(' vcpu=1', ''),
    ],
    seen: [
      { by: ['linux-6.12'], after: '0: 0/0/0, 0: 1/0/0, 0: 1/0/0, 0: 8/0/0' },
      { by: FROM_6_18, after: '0: 0/0/0, 0: 1/0/0, 0: 1/0/0, 0: 1/0/0' },
    ],
  },
];
