/** More scenarios: the life of the worker, address spaces, and other state of a machine besides page tables. */

import type { World } from '../world/world';
import { DIRECT, idle, OLD, type Scenario, SINCE_6_4, UP_TO_5_15, UP_TO_5_17 } from './scenario_list';

const NEVER_RUN: World = { ...DIRECT, name: 'never run', regions: 17, has_run: false };
const smm_slot = { home: 16, away: 18, regions: 2, backing: '2m', as: 1 } as const;
const SMM: World = { ...DIRECT, name: 'a slot in SMM', regions: 20, slots: [...DIRECT.slots, smm_slot] };

const second_slot = { home: 16, away: 24, regions: 8, backing: '2m' } as const;
const TWO_SLOTS: World = { ...DIRECT, name: 'two slots', regions: 24, slots: [...DIRECT.slots, second_slot] };

/** One region is split in two trees. */
const TWICE = '0: 0/0/0, 1: 8/0/0, 1: 8/1/0, 2: 16/0/0, 2: 16/1/0';

export const SCENARIOS_OF_THE_MACHINE: readonly Scenario[] = [
  {
    name: 'the period of the worker starts with the VM, from 6.14 on with its first KVM_RUN',
    world: NEVER_RUN,
    program: [
      'recovery_ratio ratio=3600',
      'wait until=due',
      'signal',
      'guest_read mmu=tdp page=16 offset=0',
      'wait until=due',
      'destroy_vm',
      'wait until=due',
    ],
    seen: [
      { by: ['v5.5', ...UP_TO_5_15], after: idle('', '60000', '60000', '60000', '120000', '120000', '180000') },
      {
        by: ['v5.16', 'v5.18', 'v6.2', 'v6.4', 'linux-6.1'],
        after: idle('', '1000', '1000', '1000', '2000', '2000', '3000'),
      },
      {
        by: ['linux-6.12', 'v6.18', 'linux-7.3', 'linux-7.3-b30-fixed'],
        after: idle('', '', '', '', '1000', '1000', '1000'),
      },
    ],
  },
  {
    name: "a nested guest executes and writes while its hypervisor's entry is clean; then the entry is cleaned again",
    world: DIRECT,
    program: [
      'clear_gpte_dirty mmu=shadow page=0',
      'guest_exec mmu=shadow page=0 offset=0',
      'guest_write mmu=shadow page=0 offset=0',
      'guest_exec mmu=shadow page=0 offset=0',
      'guest_read mmu=shadow page=1 offset=0',
      'clear_gpte_dirty mmu=shadow page=1',
      'guest_read mmu=shadow page=2 offset=0',
      'recover ratio=1',
    ],
    seen: [
      {
        by: [...OLD, ...UP_TO_5_17, 'v5.18', 'v6.1', 'linux-6.1', 'v6.2', 'v6.4', 'linux-6.12'],
        after: `${TWICE}, 2: 16/1/0, 2: 16/2/0, 0: 0/2/0`,
      },
      { by: ['v6.18', 'linux-7.3', 'linux-7.3-b30-fixed'], after: `${TWICE}, 1: 8/0/0, 1: 8/1/0, 0: 0/1/0` },
    ],
  },
  {
    name: 'never, written between two VMs: final from 6.5 on, before that the same as off',
    world: DIRECT,
    program: [
      'destroy_vm never=1',
      'guest_exec mmu=tdp page=0 offset=0',
      'nx_huge_pages on=1',
      'guest_exec mmu=tdp page=0 offset=0',
    ],
    seen: [
      { by: OLD, after: '0: 0/0/0, 0: 0/1/0, 0: 0/0/0, 1: 8/0/0' },
      { by: [...UP_TO_5_17, 'v5.18', 'v6.1', 'v6.2'], after: '0: 0/0/0, 0: 0/1/0, 0: 0/0/0, 1: 1/0/0' },
      { by: ['linux-6.1', ...SINCE_6_4, 'linux-7.3'], after: '0: 0/0/0, 0: 0/1/0, 0: 0/1/0, 0: 0/1/0' },
    ],
  },
  {
    name: 'a signal to the process to which the worker thread belongs: from 6.12 on no pass follows',
    world: DIRECT,
    program: ['guest_exec mmu=tdp page=0 offset=0', 'kill_worker', 'wait until=due', 'destroy_vm', 'wait until=due'],
    seen: [
      { by: OLD, after: '1: 8/0/0, 1: 8/0/0, 0: 0/0/0 60000ms, 0: 0/0/0 60000ms, 0: 0/0/0 120000ms' },
      {
        by: [...UP_TO_5_17, 'v5.18', 'v6.1', 'linux-6.1', 'v6.2', 'v6.4'],
        after: '1: 1/0/0, 1: 1/0/0, 0: 0/0/0 60000ms, 0: 0/0/0 60000ms, 0: 0/0/0 120000ms',
      },
      {
        by: ['linux-6.12', 'v6.18', 'linux-7.3', 'linux-7.3-b30-fixed'],
        after: '1: 1/0/0, 1: 1/0/0, 1: 1/0/0, 0: 0/0/0, 0: 0/0/0 60000ms',
      },
    ],
  },
  {
    name: 'a pass over a split under dirty logging: from 6.2 on the table stays',
    world: DIRECT,
    program: ['guest_exec mmu=tdp page=0 offset=0', 'dirty_log on=1', 'recover ratio=1'],
    seen: [
      { by: [...UP_TO_5_17, 'v5.18', 'linux-6.1'], after: '1: 1/0/0, 1: 1/0/0, 0: 0/0/0' },
      { by: ['v6.2', ...SINCE_6_4], after: '1: 1/0/0, 1: 1/0/0, 0: 1/0/0' },
    ],
  },
  {
    name: 'a pass over a split under dirty logging in SMM: up to 6.3 the slot is not found, and the split is zapped',
    world: SMM,
    program: [
      'guest_exec mmu=smm page=17 offset=0',
      'guest_read mmu=smm page=0 offset=0',
      'guest_read mmu=tdp page=17 offset=0',
      'dirty_log on=1 slot=1',
      'recover ratio=1',
      'guest_read mmu=smm page=17 offset=1',
    ],
    seen: [
      { by: OLD, after: '1: 8/0/0, 1: 8/0/0, 1: 8/0/0, 1: 8/0/0, 0: 0/0/0, 0: 1/0/0' },
      {
        by: [...UP_TO_5_17, 'v5.18', 'linux-6.1', 'v6.2'],
        after: '1: 1/0/0, 1: 1/0/0, 1: 1/0/0, 1: 1/0/0, 0: 0/0/0, 0: 1/0/0',
      },
      { by: [...SINCE_6_4, 'linux-7.3'], after: '1: 1/0/0, 1: 1/0/0, 1: 1/0/0, 1: 1/0/0, 0: 1/0/0, 0: 2/0/0' },
    ],
  },
  {
    name: "the kernel's own selftest, in a VM that is exempt from the mitigation",
    world: DIRECT,
    program: [
      'recovery_ratio ratio=1',
      'destroy_vm exempt=1',
      'guest_read mmu=tdp page=0 offset=0',
      'guest_read mmu=tdp page=1 offset=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'guest_exec mmu=tdp page=2 offset=0',
      'guest_read mmu=tdp page=0 offset=0',
      'recover ratio=1',
      'guest_read mmu=tdp page=2 offset=0',
    ],
    seen: [
      { by: OLD, after: '0: 0/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 1: 8/1/0, 2: 16/1/0, 2: 16/1/0, 0: 0/1/0, 0: 0/2/0' },
      {
        by: [...UP_TO_5_17, 'v5.18'],
        after: '0: 0/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 1: 1/1/0, 2: 2/1/0, 2: 2/1/0, 0: 0/1/0, 0: 0/2/0',
      },
      {
        by: ['v6.1', 'linux-6.1', 'v6.2', ...SINCE_6_4, 'linux-7.3'],
        after: '0: 0/0/0, 0: 0/0/0, 0: 0/1/0, 0: 0/2/0, 0: 0/2/0, 0: 0/3/0, 0: 0/3/0, 0: 0/3/0, 0: 0/3/0',
      },
    ],
  },
  {
    name: 'a slot goes whose VM has the quirk off: what lies in others stays, and so do its splits, as kernels are shipped',
    world: TWO_SLOTS,
    program: [
      'destroy_vm slot_zap_all=0',
      'guest_read mmu=tdp page=16 offset=0',
      'guest_exec mmu=tdp page=0 offset=0',
      'delete_slot slot=0',
      'recover ratio=1',
    ],
    seen: [
      { by: OLD, after: '0: 0/0/0, 0: 0/1/0, 1: 8/1/0, 0: 0/0/0, 0: 0/0/0' },
      {
        by: [...UP_TO_5_17, 'v5.18', 'v6.1', 'linux-6.1', 'v6.2', 'v6.4'],
        after: '0: 0/0/0, 0: 0/1/0, 1: 1/1/0, 0: 0/0/0, 0: 0/0/0',
      },
      {
        by: ['v6.18'],
        after: '0: 0/0/0, 0: 0/1/0, 1: 1/1/0, 0: 0/1/0, 0: 0/1/0',
        wanted: '0: 0/0/0, 0: 0/1/0, 1: 1/1/0, 1: 0/1/0, 0: 0/1/0',
      },
      {
        by: ['linux-6.12', 'linux-6.17', 'linux-7.3', 'linux-7.3-b30-fixed'],
        after: '0: 0/0/0, 0: 0/1/0, 1: 1/1/0, 1: 0/1/0, 0: 0/1/0',
      },
    ],
  },
];
