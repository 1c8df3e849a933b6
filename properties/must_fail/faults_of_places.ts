/** Faults about places: outside a slot, across its edges, or at the same gfn in another address space. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { kvm_mmu_max_mapping_level } from '../../models/kernel/memslots';
import { for_each_shadow_leaf } from '../../models/kernel/rmap';
import { KVM_PAGES_PER_HPAGE } from '../../models/kernel/spte';
import type { Kvm, kvm_memory_slot, kvm_mmu_page } from '../../models/kernel/types';
import { backing_level, is_nested, PG_LEVEL_1G, PG_LEVEL_2M, SMM_OVER_MEMORY } from '../../models/world/world';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;

/** The level that fits if only the upper or only the lower edge of the slot is checked. */
const by_one_edge =
  (edge: 'upper' | 'lower') =>
  (kvm: Kvm, slot: kvm_memory_slot, gfn: number): number => {
    if (slot.dirty_log) return OPS.kvm_mmu_hugepage_adjust(kvm, slot, gfn);
    const size = KVM_PAGES_PER_HPAGE(kvm.world.fan_out, PG_LEVEL_1G);
    const start = gfn - (gfn % size);
    const fits = edge === 'lower' ? start >= slot.base_gfn : start + size <= slot.base_gfn + slot.npages;
    const level = OPS.kvm_mmu_hugepage_adjust(kvm, slot, gfn);
    return fits && level === PG_LEVEL_2M ? backing_level(slot.backing) : level;
  };

/** Whether the table belongs to the TDP MMU and maps any part of the slot. */
function maps_a_part_of(kvm: Kvm, slot: kvm_memory_slot, { gfn, role, tdp_mmu_page, is_root }: kvm_mmu_page): boolean {
  const end = gfn + KVM_PAGES_PER_HPAGE(kvm.world.fan_out, role.level + 1);
  return tdp_mmu_page && !is_root && gfn < slot.base_gfn + slot.npages && end > slot.base_gfn;
}

/** SMM's slot, backed by 1G pages, at its second address. */
const SMM_AWAY = ['delete_slot slot=3', 'create_slot slot=3 backing=1g', 'move_slot slot=3 to=away'];

export const FAULTS_OF_PLACES: readonly SeededFault[] = [
  {
    name: 'lpage_info is read outside the slot where a TDP table begins before it',
    breaks: ['primitives-are-used-rightly'],
    on: ['v6.18', 'v6.4', 'v5.12'],
    program: [
      'move_slot slot=2 to=away',
      'dirty_log on=1 slot=2',
      'guest_read mmu=tdp page=25 offset=0',
      'dirty_log on=0 slot=2',
    ],
    kernel: {
      tdp_mmu_dirty_logging_stopped(kvm, slot) {
        for (const sp of kvm.sps) if (maps_a_part_of(kvm, slot, sp)) kvm_mmu_max_mapping_level(kvm, slot, sp.gfn);
        OPS.tdp_mmu_dirty_logging_stopped(kvm, slot);
      },
    },
  },
  {
    name: 'lpage_info is read outside the slot where a table of the shadow MMU begins before it',
    breaks: ['primitives-are-used-rightly'],
    on: ['v5.5', 'v5.18', 'v6.18-without-tdp-mmu'],
    program: ['guest_read mmu=shadow page=8 offset=0', 'dirty_log on=1 slot=1', 'dirty_log on=0 slot=1'],
    kernel: {
      *stop_dirty_logging(kvm, slot) {
        if (slot.dirty_log) {
          for_each_shadow_leaf(kvm, slot.base_gfn, slot.base_gfn + slot.npages, (sp) => {
            kvm_mmu_max_mapping_level(kvm, slot, sp.gfn);
          });
        }
        yield* OPS.stop_dirty_logging(kvm, slot);
      },
    },
  },
  {
    name: 'a leaf of 1G that begins before its slot',
    breaks: ['leaves-fit-their-slots'],
    on: ['v6.18', 'v5.5', 'v6.1'],
    program: [...SMM_AWAY, 'guest_read mmu=smm page=30 offset=0'],
    kernel: { kvm_mmu_hugepage_adjust: by_one_edge('upper') },
  },
  {
    name: 'a leaf of 1G that ends behind its slot',
    breaks: ['leaves-fit-their-slots'],
    on: ['v6.18', 'v5.5', 'v6.1'],
    program: ['delete_slot slot=3', 'create_slot slot=3 backing=1g', 'guest_read mmu=smm page=28 offset=0'],
    kernel: { kvm_mmu_hugepage_adjust: by_one_edge('lower') },
  },
  {
    name: "a table of the guest's is found in the hash for SMM, at the same gfn",
    breaks: ['mapped-as-the-reference-has-it'],
    on: ['v5.5', 'v6.18-without-tdp-mmu'],
    world: SMM_OVER_MEMORY,
    program: ['guest_exec mmu=tdp page=0 offset=0', 'guest_exec mmu=smm page=0 offset=0'],
    kernel: {
      kvm_mmu_find_shadow_page: (kvm, gfn, level, mmu, access, direct) =>
        OPS.kvm_mmu_find_shadow_page(kvm, gfn, level, mmu, access, direct) ??
        (is_nested(mmu) ? null : OPS.kvm_mmu_find_shadow_page(kvm, gfn, level, mmu === 'smm' ? 'tdp' : 'smm', access)),
    },
  },
];
