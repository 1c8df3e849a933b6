/** Faults about the order of two steps, between which others run, and about what others must not do between them. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { synchronize_srcu } from '../../models/kernel/lock';
import { kvm_mmu_zap_all_fast, kvm_unmap_gfn_range } from '../../models/kernel/memslots';
import { zap_in_valid_roots, zap_leafs } from '../../models/kernel/tdp_mmu';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;
const READ_0 = 'guest_read mmu=tdp page=0 offset=0';
const EXEC_0 = 'guest_exec mmu=tdp page=0 offset=0';

export const FAULTS_OF_ORDER: readonly SeededFault[] = [
  {
    name: 'nx_huge_pages has its new value only when all mappings have been zapped',
    breaks: ['no-executable-huge-leaf'],
    on: ['v6.18', 'v6.1'],
    program: ['nx_huge_pages on=0', EXEC_0, 'nx_huge_pages on=1 pause=1', EXEC_0],
    kernel: {
      *zap_all_on_toggle(kvm) {
        const { nx_huge_pages } = kvm.params;
        kvm.params.nx_huge_pages = !nx_huge_pages;
        yield* OPS.zap_all_on_toggle(kvm);
        kvm.params.nx_huge_pages = nx_huge_pages;
      },
    },
  },
  {
    name: 'a slot is zapped before faults no longer find it',
    breaks: ['leaves-fit-their-slots'],
    on: ['v6.18', 'v5.12'],
    program: [READ_0, 'delete_slot pause=1', READ_0, 'resume thread=memslots'],
    kernel: {
      *kvm_invalidate_memslot(kvm, slot) {
        if (slot.base_gfn < 0) return;
        yield* kvm_mmu_zap_all_fast(kvm);
        synchronize_srcu(kvm);
        slot.base_gfn = -1;
      },
    },
  },
  {
    name: 'memory that is mapped in a root in use is not unmapped in a root that is being torn down',
    breaks: ['memory-taken-back-is-unmapped'],
    on: ['v6.18', 'v5.18'],
    program: [
      'guest_read mmu=shadow page=0 offset=0',
      READ_0,
      'recreate_slot slot=1 pause=1',
      EXEC_0,
      'invalidate page=0',
    ],
    kernel: {
      tdp_mmu_unmap_gfn_range: (kvm, start, end) =>
        zap_in_valid_roots(kvm, start, end, false) || zap_leafs(kvm, start, end),
    },
  },
  {
    name: 'while attributes are set, a fault for another region of the 1G page is not tried again',
    breaks: ['leaves-fit-their-slots'],
    on: ['v6.18', 'v6.18-without-tdp-mmu'],
    program: [
      'attributes page=8 offset=0 private=1 pause=1',
      'guest_read mmu=tdp page=9 offset=0',
      'resume thread=memslots',
    ],
    kernel: {
      kvm_arch_pre_set_memory_attributes(kvm, gfn) {
        kvm_unmap_gfn_range(kvm, gfn, gfn + 1);
        const start = gfn - (gfn % kvm.world.fan_out);
        return { start, end: start + kvm.world.fan_out };
      },
    },
  },
];
