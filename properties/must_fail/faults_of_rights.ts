/** Faults by which leaves grant too much or too little, and guest accesses that fault without a reason. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { kvm_mmu_max_mapping_level } from '../../models/kernel/memslots';
import { write_spte } from '../../models/kernel/sp';
import { ACC_ALL, EXEC, make_spte, WRITE } from '../../models/kernel/spte';
import { zap_leafs } from '../../models/kernel/tdp_mmu';
import { backing_level } from '../../models/world/world';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;
const nested_read = (offset: number): string => `guest_read mmu=shadow page=24 offset=${offset}`;
const READ_0 = 'guest_read mmu=tdp page=0 offset=0';

export const FAULTS_OF_RIGHTS: readonly SeededFault[] = [
  {
    name: 'a huge leaf where writes are logged',
    breaks: ['leaves-fit-their-slots'],
    on: ['v6.18', 'v5.5'],
    program: ['dirty_log on=1', READ_0],
    kernel: { kvm_mmu_hugepage_adjust: kvm_mmu_max_mapping_level },
  },
  {
    name: 'a leaf of 1G that reaches over the edge of its slot',
    breaks: ['leaves-fit-their-slots'],
    on: ['v6.18', 'v5.12'],
    program: ['delete_slot slot=2', 'create_slot slot=2 backing=1g', 'guest_read mmu=tdp page=24 offset=0'],
    kernel: { kvm_mmu_hugepage_adjust: (_kvm, slot) => (slot.dirty_log ? 1 : backing_level(slot.backing)) },
  },
  {
    name: 'a huge leaf over memory that the host has in 4K pages',
    breaks: ['leaves-fit-their-slots'],
    on: ['v6.18'],
    program: ['invalidate_4k page=0 offset=0', READ_0],
    kernel: {
      kvm_mmu_hugepage_adjust: (_kvm, slot) => (slot.dirty_log ? 1 : Math.min(2, backing_level(slot.backing))),
    },
  },
  {
    name: "a writable leaf where a nested guest's hypervisor grants no writes",
    breaks: ['leaves-grant-what-they-should'],
    why: 'an unlogged write, or an extra fault each time: no other claim notices, or only many commands later',
    on: ['v6.18', 'v5.5'],
    program: ['clear_gpte_dirty mmu=shadow page=0', 'guest_read mmu=shadow page=0 offset=0'],
    kernel: { make_spte: (level, _access, nx) => make_spte(level, ACC_ALL, nx) },
  },
  {
    name: 'a leaf of a read-only tree that becomes writable when another is mapped',
    breaks: ['leaves-grant-what-they-should'],
    on: ['v6.18', 'v6.1'],
    program: ['clear_gpte_dirty mmu=shadow page=24', nested_read(0), nested_read(2)],
    kernel: {
      make_mmu_pages_available(kvm) {
        OPS.make_mmu_pages_available(kvm);
        for (const sp of kvm.sps) {
          if (sp.role.access & WRITE || sp.role.level > 1) continue;
          sp.spt.forEach((spte, index) => {
            if (spte) write_spte(kvm, sp, index, 1, spte | WRITE);
          });
        }
      },
    },
  },
  {
    name: 'a read-only leaf for a read',
    breaks: ['leaves-grant-what-they-should'],
    on: ['v6.18', 'v5.5'],
    program: [READ_0],
    kernel: { make_spte: (level, access, nx) => make_spte(level, level > 1 ? access & ~WRITE : access, nx) },
  },
  {
    name: 'a read-only small leaf for a read of a nested guest',
    breaks: ['leaves-grant-what-they-should'],
    on: ['v6.18'],
    program: ['guest_read mmu=shadow page=24 offset=0'],
    kernel: { make_spte: (level, access, nx) => make_spte(level, level === 1 ? access & ~WRITE : access, nx) },
  },
  {
    name: 'a small leaf that is not executable',
    breaks: ['leaves-grant-what-they-should'],
    on: ['v6.18'],
    program: ['guest_read mmu=tdp page=24 offset=0'],
    kernel: { make_spte: (level, access, nx) => make_spte(level, access, nx) & ~(level === 1 ? EXEC : 0) },
  },
  {
    name: 'a huge leaf that is not executable where the mitigation is off',
    breaks: ['leaves-grant-what-they-should'],
    on: ['v6.18'],
    program: ['nx_huge_pages on=0', READ_0],
    kernel: { make_spte: (level, access) => make_spte(level, access, true) },
  },
  {
    name: 'the notifier zaps the neighbouring leaf, too: an unexpected fault',
    breaks: ['faults-are-foretold'],
    why: 'the claim is checked only for variants that should conform, as MAP is, and names the place',
    on: ['v6.18', 'v5.18'],
    program: [READ_0, 'guest_read mmu=tdp page=1 offset=0', 'invalidate page=0', 'guest_read mmu=tdp page=1 offset=0'],
    kernel: {
      tdp_mmu_unmap_gfn_range: (kvm, start, end) => zap_leafs(kvm, start, end + 1),
    },
  },
  {
    name: 'a table of other rights is found in the hash',
    breaks: ['mapped-as-the-reference-has-it'],
    on: ['v6.18', 'v6.1'],
    program: [
      'guest_read mmu=shadow page=24 offset=0',
      'guest_read mmu=shadow2 page=24 offset=0',
      'clear_gpte_dirty mmu=shadow page=24',
      'guest_read mmu=shadow page=24 offset=0',
    ],
    kernel: {
      kvm_mmu_find_shadow_page: (kvm, gfn, level, mmu, access, direct) =>
        OPS.kvm_mmu_find_shadow_page(kvm, gfn, level, mmu, access, direct) ??
        OPS.kvm_mmu_find_shadow_page(kvm, gfn, level, mmu, ACC_ALL, direct),
    },
  },
];
