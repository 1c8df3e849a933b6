/** Rules about entries of L1's tables for its nested guests that come to point elsewhere. */
import type { Kvm } from '../../models/kernel/types';
import { type Behaviour, flushed, nested, pages } from './behaviour';

const unseen = (page: number, to: number): string => `remap_entry mmu=shadow page=${page} to=${to} tracked=0`;
const seen = (page: number, to: number): string => `remap_entry mmu=shadow page=${page} to=${to} tracked=1`;
/** The splits, and whether a table of the nested guest's maps gfn 0. */
const splits_and_first = ({ stat, sps }: Kvm): string =>
  `${stat.nx_lpage_splits} ${sps.some(({ gfn, role, is_root }) => gfn === 0 && role.guest_mode && !is_root)}`;
const ELSEWHERE = 'guest_exec mmu=shadow page=0 offset=2';

/** 1G pages are behind pages 0, 4 and 8; the entry of page 8 is not dirty, so what it maps is mapped read-only. */
const GIGA = ['delete_slot', 'create_slot backing=1g', 'clear_gpte_dirty mmu=shadow page=8'];
const flushed_and_found = (kvm: Kvm, before: number): string =>
  `${flushed(kvm, before)} flushes, ${kvm.record.findings.length} findings`;

/** mmu_set_spte(): a leaf of other memory goes first, and is flushed. */
const LEAVES: readonly Behaviour[] = [
  {
    name: 'a leaf that takes the place of one of other memory flushes that',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [...GIGA, nested('read', 8), unseen(8, 0), nested('write', 8)],
    sees: flushed_and_found,
    want: '1 flushes, 0 findings',
  },
  {
    name: 'a leaf of the same memory that may be written from now on flushes nothing',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [...GIGA, nested('read', 8), nested('write', 8)],
    sees: flushed_and_found,
    want: '0 flushes, 0 findings',
  },
  {
    name: 'a leaf where nothing was flushes nothing, wherever its entry points',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [...GIGA, unseen(8, 0), nested('read', 8)],
    sees: flushed_and_found,
    want: '0 flushes, 0 findings',
  },
];

/** The entry of page 0 leads to the 1G page of page 8, that of page 4 to its own; both are mapped. Then the host takes one back. */
const taken_back = (page: number): Behaviour => ({
  name: `where an entry points elsewhere, the host takes back what maps page ${page}, and not the 1G page beside it`,
  on: ['v5.5', 'v6.1', 'v6.18'],
  program: [
    'delete_slot',
    'create_slot backing=1g',
    unseen(0, 8),
    nested('read', 0),
    nested('read', 4),
    `invalidate page=${page}`,
  ],
  sees: pages,
  want: '0/0/1',
});

/** Who writes an entry: the guest on a vCPU, which runs for it, or somebody else. */
const WRITERS: readonly Behaviour[] = [
  {
    name: 'what an entry mapped is forgotten when it goes',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [unseen(0, 8), nested('read', 0), 'invalidate page=8'],
    sees: ({ roots }) => roots.shadow?.shadowed_translation ?? -1,
    want: 0,
  },
  {
    name: 'outside all slots, too, the next access builds the tables of where the entry points now',
    on: ['B42'],
    program: [nested('read', 20), unseen(20, 16), 'guest_read mmu=shadow page=20 offset=2'],
    sees: ({ sps }) => sps.flatMap(({ role, gfn }) => (role.level === 2 ? [gfn] : [])).join(),
    want: '64',
  },
  {
    name: 'an entry that points there already is not written',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('read', 8), seen(8, 8)],
    sees: pages,
    want: '0/0/1',
  },
  {
    name: 'L1 writes an entry on a vCPU that runs: from 6.14 on the worker exists then',
    on: ['v6.18'],
    program: [seen(0, 4)],
    sees: ({ worker }) => Number(worker.alive),
    want: 1,
  },
  {
    name: 'a vCPU on which L1 writes an entry has loaded its root',
    on: ['v5.10', 'v6.2'],
    program: [seen(0, 4)],
    sees: ({ root_holders }) => root_holders,
    want: 1,
  },
  {
    name: 'where something else writes an entry, no vCPU loads a root',
    on: ['v5.10', 'v6.2'],
    program: [unseen(0, 4)],
    sees: ({ root_holders }) => root_holders,
    want: 0,
  },
  {
    name: 'an address outside all slots whose entry points into one is mapped, and stays so',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [unseen(20, 8), nested('read', 20), nested('read', 20)],
    sees: ({ record }) => `level ${record.mapped_level}, ${record.faults} faults, ${record.findings.length} findings`,
    want: 'level 3, 0 faults, 0 findings',
  },
];

/** The entry of page 0 points to page 12, where there is no slot, and the guest writes to a write-protected leaf of 4K. */
const OUTSIDE = [nested('exec', 0), 'dirty_log on=1', unseen(0, 12), nested('write', 0)];
/** Before 7.1 a fault walked into the tables that it found. */
const walks_on = { is_table_for: () => true };
const pages_and_findings = (kvm: Kvm, before: number): string => `${pages(kvm)}, ${flushed_and_found(kvm, before)}`;

const accessed = (kvm: Kvm): string => `level ${kvm.record.mapped_level}, ${kvm.record.faults} faults, ${pages(kvm)}`;

/** mmu_set_spte() of an MMIO SPTE: aad885e77496; and handle_mmio_page_fault(). */
const MMIO: readonly Behaviour[] = [
  {
    name: 'a fault outside all slots zaps the tables of the memory to which the entry pointed before',
    on: ['v5.10', 'v6.4', 'v6.18', 'linux-6.1', 'linux-6.12', 'linux-7.3'],
    program: OUTSIDE,
    sees: pages_and_findings,
    want: '0/0/0, 1 flushes, 0 findings',
  },
  {
    name: 'where it walks into these tables, the leaf is dropped and flushed before the MMIO SPTE is made',
    on: ['v5.10', 'v6.4', 'v6.18', 'linux-6.1', 'linux-6.12', 'linux-7.3'],
    kernel: walks_on,
    program: OUTSIDE,
    sees: pages_and_findings,
    want: '1/0/0, 1 flushes, 0 findings',
  },
  {
    name: 'where no leaf is, the MMIO SPTE takes the place of nothing, and nothing is flushed',
    on: ['v5.10', 'v6.4', 'v6.18', 'linux-6.1', 'linux-6.12', 'linux-7.3'],
    kernel: walks_on,
    program: [...OUTSIDE.slice(0, 3), 'guest_write mmu=shadow page=0 offset=2'],
    sees: pages_and_findings,
    want: '2/0/0, 0 flushes, 0 findings',
  },
  {
    name: 'where no table of 4K is, neither',
    on: ['v5.10', 'v6.4', 'v6.18'],
    kernel: walks_on,
    program: [...OUTSIDE.slice(0, 3), nested('write', 1)],
    sees: pages_and_findings,
    want: '2/0/0, 0 flushes, 0 findings',
  },
  ...['linux-6.1', 'linux-6.12', 'linux-7.3'].map(
    (on): Behaviour => ({
      name: `an access that finds an MMIO SPTE is emulated, though the entry points to memory again (${on})`,
      on: [on],
      program: [unseen(0, 12), nested('exec', 0), unseen(0, 0), nested('exec', 0)],
      sees: accessed,
      want: 'level 0, 0 faults, 0/0/0',
    }),
  ),
  {
    name: 'the access to the page beside it faults and is mapped',
    on: ['linux-6.1', 'linux-6.12', 'linux-7.3'],
    program: [unseen(0, 12), nested('exec', 0), unseen(0, 0), ELSEWHERE],
    sees: accessed,
    want: 'level 1, 1 faults, 2/0/0',
  },
  {
    name: 'the first access to a page in tables that stand makes its MMIO SPTE',
    on: ['linux-6.1', 'linux-6.12', 'linux-7.3'],
    program: [unseen(0, 12), ELSEWHERE, nested('read', 0), unseen(0, 0), nested('exec', 0)],
    sees: accessed,
    want: 'level 0, 0 faults, 0/0/0',
  },
  ...['dirty_log on=1', 'delete_slot slot=1', 'create_slot slot=2 backing=4k', 'move_slot slot=1 to=away'].map(
    (change): Behaviour => ({
      name: `an MMIO SPTE of before the memslots change counts as none: ${change}`,
      on: ['linux-6.1', 'linux-6.12', 'linux-7.3'],
      program: ['delete_slot slot=2', unseen(0, 12), nested('read', 0), unseen(0, 0), change, nested('exec', 0)],
      sees: ({ record }) => `level ${record.mapped_level}, ${record.faults} faults`,
      want: 'level 1, 1 faults',
    }),
  ),
  {
    name: 'an MMIO SPTE of before dirty logging stops counts as none',
    on: ['linux-6.1', 'linux-6.12', 'linux-7.3'],
    program: ['dirty_log on=1', unseen(0, 12), nested('read', 0), unseen(0, 0), 'dirty_log on=0', nested('exec', 0)],
    sees: ({ record }) => `level ${record.mapped_level}, ${record.faults} faults`,
    want: 'level 1, 1 faults',
  },
  {
    name: 'a write that finds an MMIO SPTE sets the dirty bit of the entry',
    on: ['linux-6.1', 'linux-6.12', 'linux-7.3'],
    program: ['clear_gpte_dirty mmu=shadow page=0', unseen(0, 12), nested('read', 0), nested('write', 0)],
    sees: ({ gpte_clean }) => Number(gpte_clean.shadow[0]),
    want: 0,
  },
  {
    name: 'B53 warns, counts the leaf for good, and flushes nothing',
    on: ['B53', 'linux-6.17'],
    program: OUTSIDE,
    sees: pages_and_findings,
    want: '2/0/0, 0 flushes, 1 findings',
  },
];

export const BEHAVIOURS_OF_ENTRIES: readonly Behaviour[] = [
  ...LEAVES,
  ...MMIO,
  ...[4, 8].map(taken_back),
  ...WRITERS,
  {
    name: 'where two entries point to a table, and one of them no more, the other one still does',
    on: ['v5.10', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(4, 0), nested('exec', 4), seen(4, 4)],
    sees: ({ sps }) =>
      sps.flatMap(({ role, parent_ptes }) => (role.level === 2 ? parent_ptes.map(({ index }) => index) : [])).join(),
    want: '0',
  },
  {
    name: 'what an entry mapped stays until the next fault there, if KVM does not see that the entry changes',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(0, 4), nested('exec', 0)],
    sees: splits_and_first,
    want: '1 true',
  },
  {
    name: 'the next fault zaps the tables of the page to which the entry pointed before',
    on: ['v5.10', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(0, 4), ELSEWHERE],
    sees: splits_and_first,
    want: '1 false',
  },
  {
    name: 'before 5.10, nested tables without a parent stay',
    on: ['v5.5'],
    program: [nested('exec', 0), unseen(0, 4), ELSEWHERE],
    sees: splits_and_first,
    want: '2 true',
  },
  {
    name: 'it flushes once for them',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(0, 4), ELSEWHERE],
    sees: flushed,
    want: 1,
  },
  {
    name: 'a leaf of 1G to which the entry pointed before goes, too',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('read', 8), unseen(8, 0), 'guest_exec mmu=shadow page=8 offset=0'],
    sees: pages,
    want: '2/0/0',
  },
  {
    name: 'tables to which another entry still points stay',
    on: ['v5.10', 'v6.1', 'v6.18'],
    program: [nested('exec', 0), unseen(4, 0), nested('exec', 5), unseen(4, 4), nested('read', 6)],
    sees: ({ stat }) => stat.nx_lpage_splits,
    want: 2,
  },
  {
    name: 'if KVM sees the write, the tables stay on their list up to 6.17',
    on: ['v5.10', 'v6.1', 'v6.4'],
    program: [nested('exec', 0), seen(0, 4), ELSEWHERE],
    sees: splits_and_first,
    want: '2 true',
  },
  {
    name: 'if KVM sees the write, the tables go with it from 6.18 on',
    on: ['v6.18'],
    program: [nested('exec', 0), seen(0, 4)],
    sees: splits_and_first,
    want: '0 false',
  },
  {
    name: 'what two entries map is taken back by the host through both',
    on: ['v5.5', 'v6.1', 'v6.18'],
    program: [nested('read', 8), unseen(0, 8), nested('read', 0), 'invalidate page=8'],
    sees: pages,
    want: '0/0/0',
  },
];
