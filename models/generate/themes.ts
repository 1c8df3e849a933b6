/** Themes that some programs of a search have, because programs without a theme seldom combine these commands. */
import type { Theme } from '../../harness/generate/theme';
import { SMALL_WORLD } from '../world/world';

/** Accesses: the first use of memory that is new, or that has moved. */
const ACCESSES = { guest_read: 8, guest_exec: 6, guest_write: 2 };
/** Mostly the same vCPU: what the last of them takes along shows only where not all have run. */
const BY_ONE_VCPU = { vcpu: [0, 0, 0, 0, 0, 0, 0, 1] };
const BY_NESTED_GUESTS = { mmu: ['shadow', 'shadow2'] };

/** Mostly one entry, over memory in 2M pages; 4 is the next one, the entry of 8 is over a 1G page, that of 12 over no memory. */
const OF_THREE_ENTRIES = { mmu: ['shadow', 'shadow', 'shadow', 'shadow2'], page: [0, 0, 0, 1, 1, 4, 8] };
const OF_ONE_ENTRY = { mmu: ['shadow'], page: [0, 1] };
const OF_TWO_ENTRIES = { mmu: ['shadow'], page: [0, 1, 2, 3, 4] };

/** Two 2M regions of one slot, and two of one backed by 1G pages. */
const OF_ATTRIBUTES = { page: [0, 0, 0, 1, 8, 8, 9] };

/** Where slots are at first, and where two of them go: in 2M pages, a 1G page, 4K pages, and in SMM. */
const IN_ADVANCE = { mmu: ['tdp', 'tdp', 'tdp', 'smm'], page: [0, 0, 0, 1, 8, 16, 24, 28], vcpu: [0, 0, 1] };
const ON_ITS_WAY = { slot: [0, 0, 0, 1], pause: [1, 1, 2] };

/** SMM's slot, and the pages at both ends of the two places where it may be. */
const OF_SMM = SMALL_WORLD.slots.findIndex(({ as }) => as === 1);
const IN_SMM = {
  mmu: ['smm'],
  page: SMALL_WORLD.slots
    .filter(({ as }) => as === 1)
    .flatMap(({ home, away, regions }) => [home, home + regions - 1, away, away + regions - 1]),
};

export const THEMES: readonly Theme[] = [
  {
    name: 'moves',
    weights: { ...ACCESSES, move_slot: 6, create_slot: 6, delete_slot: 5, recreate_slot: 2, dirty_log: 4, resume: 2 },
    values: { create_slot: { backing: ['1g', '1g', '2m', '4k'] } },
  },
  {
    name: 'moves in SMM',
    weights: { ...ACCESSES, move_slot: 8, create_slot: 8, delete_slot: 6, dirty_log: 3, recover: 2 },
    values: {
      move_slot: { slot: [OF_SMM], to: ['away', 'away', 'home'] },
      create_slot: { slot: [OF_SMM], backing: ['1g', '1g', '1g', '2m', '4k'] },
      delete_slot: { slot: [OF_SMM] },
      dirty_log: { slot: [OF_SMM] },
      guest_read: IN_SMM,
      guest_exec: IN_SMM,
      guest_write: IN_SMM,
    },
  },
  {
    name: 'slots that are deleted with the quirk off',
    weights: {
      ...ACCESSES,
      guest_exec: 12,
      destroy_vm: 3,
      delete_slot: 5,
      create_slot: 4,
      move_slot: 5,
      recreate_slot: 2,
      dirty_log: 6,
      recover: 8,
    },
    values: { destroy_vm: { slot_zap_all: [0], dirty_log: ['plain'] }, dirty_log: { on: [1, 1, 1, 0] } },
  },
  {
    name: 'dirty pages',
    weights: {
      ...ACCESSES,
      guest_write: 8,
      destroy_vm: 4,
      dirty_log: 5,
      clear_dirty_log: 12,
      invalidate: 2,
      recover: 3,
    },
    values: {
      destroy_vm: {
        exempt: [0],
        never: [0],
        slot_zap_all: [1],
        dirty_log: ['initially_set', 'initially_set', 'manual'],
      },
      dirty_log: { on: [1, 1, 0] },
    },
  },
  {
    name: 'roots that vCPUs let go of',
    weights: { ...ACCESSES, guest_exec: 10, drop_roots: 14, recover: 3, invalidate: 2, dirty_log: 2, nx_huge_pages: 1 },
    values: {
      guest_exec: { mmu: ['tdp', 'tdp', 'tdp', 'shadow', 'smm'], ...BY_ONE_VCPU },
      guest_read: BY_ONE_VCPU,
      guest_write: BY_ONE_VCPU,
      drop_roots: BY_ONE_VCPU,
    },
  },
  {
    name: 'entries of nested guests that point elsewhere',
    weights: {
      ...ACCESSES,
      guest_exec: 10,
      remap_entry: 15,
      clear_gpte_dirty: 1,
      recover: 3,
      invalidate: 3,
      dirty_log: 2,
      clear_dirty_log: 1,
      nx_huge_pages: 1,
    },
    values: {
      guest_exec: OF_THREE_ENTRIES,
      guest_read: OF_THREE_ENTRIES,
      guest_write: OF_THREE_ENTRIES,
      clear_gpte_dirty: OF_THREE_ENTRIES,
      remap_entry: {
        mmu: ['shadow', 'shadow', 'shadow', 'shadow2'],
        page: [0, 0, 0, 0, 4, 8],
        to: [0, 4, 4, 8, 12, 12, 12],
        tracked: [0, 0, 0, 1],
        size: ['1g', '1g', '2m'],
      },
    },
  },
  {
    name: 'entries that change unseen',
    weights: {
      guest_exec: 10,
      guest_read: 5,
      guest_write: 2,
      remap_entry: 8,
      recover: 3,
      dirty_log: 1,
      clear_dirty_log: 1,
    },
    values: {
      guest_exec: OF_TWO_ENTRIES,
      guest_read: OF_TWO_ENTRIES,
      guest_write: OF_TWO_ENTRIES,
      remap_entry: { mmu: ['shadow'], page: [0], to: [0, 4, 12, 12], tracked: [0], size: ['1g', '1g', '1g', '2m'] },
    },
  },
  {
    name: 'an entry that leads to a page directory',
    weights: { guest_exec: 10, guest_read: 10, guest_write: 2, remap_entry: 6, recover: 1 },
    values: {
      guest_exec: OF_ONE_ENTRY,
      guest_read: OF_ONE_ENTRY,
      guest_write: OF_ONE_ENTRY,
      remap_entry: { mmu: ['shadow'], page: [0], to: [0, 12, 12], tracked: [0], size: ['1g', '1g', '2m'] },
    },
  },
  {
    name: 'attributes of pages',
    weights: {
      ...ACCESSES,
      guest_read: 14,
      guest_exec: 14,
      attributes: 14,
      resume: 2,
      recover: 3,
      invalidate: 2,
      dirty_log: 3,
      move_slot: 1,
      delete_slot: 1,
      create_slot: 2,
    },
    values: {
      attributes: { ...OF_ATTRIBUTES, pause: [1] },
      guest_exec: OF_ATTRIBUTES,
      guest_read: OF_ATTRIBUTES,
      guest_write: OF_ATTRIBUTES,
    },
  },
  {
    name: 'pages that are mapped in advance',
    weights: {
      ...ACCESSES,
      guest_exec: 10,
      prefault: 20,
      delete_slot: 3,
      move_slot: 3,
      recreate_slot: 3,
      create_slot: 4,
      resume: 3,
      dirty_log: 4,
      clear_dirty_log: 1,
      invalidate: 3,
      invalidate_4k: 2,
      recover: 3,
      nx_huge_pages: 1,
      drop_roots: 1,
    },
    values: {
      prefault: { ...IN_ADVANCE, pause: [1, 1, 2] },
      guest_exec: { page: IN_ADVANCE.page },
      guest_read: { page: IN_ADVANCE.page },
      delete_slot: ON_ITS_WAY,
      move_slot: ON_ITS_WAY,
      recreate_slot: ON_ITS_WAY,
    },
  },
  {
    name: 'VMs',
    weights: {
      other_vm: 8,
      destroy_vm: 5,
      nx_huge_pages: 4,
      recovery_ratio: 3,
      recovery_period: 3,
      wait: 4,
      kill_worker: 3,
      signal: 2,
      guest_exec: 6,
      recover: 2,
    },
    values: { destroy_vm: { exempt: [1, 1, 0], never: [0, 0, 0, 1], dirty_log: ['plain'] } },
  },
  {
    name: 'processes that end',
    weights: {
      ...ACCESSES,
      guest_exec: 14,
      exit_process: 10,
      other_vm: 7,
      recover: 6,
      recovery_ratio: 3,
      wait: 7,
      kill_worker: 2,
      signal: 1,
      nx_huge_pages: 1,
      destroy_vm: 1,
      dirty_log: 2,
    },
    values: { recover: { ratio: [1, 1, 2], pause: [0, 1, 1, 2, 3] }, destroy_vm: { never: [0], dirty_log: ['plain'] } },
  },
  {
    name: 'limits',
    weights: {
      nr_mmu_pages: 5,
      reclaim: 4,
      other_vm: 2,
      clear_gpte_dirty: 4,
      recover: 2,
      guest_exec: 12,
      guest_read: 5,
      guest_write: 3,
    },
    values: {
      nr_mmu_pages: { pages: [4, 2, 2] },
      guest_exec: BY_NESTED_GUESTS,
      guest_read: BY_NESTED_GUESTS,
      guest_write: BY_NESTED_GUESTS,
    },
  },
  {
    name: 'workers',
    weights: {
      kill_worker: 4,
      signal: 3,
      destroy_vm: 2,
      wait: 5,
      recovery_ratio: 4,
      recovery_period: 4,
      nx_huge_pages: 2,
      recover: 3,
      guest_exec: 6,
      dirty_log: 2,
      delete_slot: 1,
      other_vm: 2,
    },
    values: {},
  },
];
