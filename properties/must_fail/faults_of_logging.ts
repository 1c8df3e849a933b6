/** Faults where dirty logging starts or stops: too much goes or too little, or what goes is not accounted for. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { spte_gfn, WRITE } from '../../models/kernel/spte';
import { for_each_upper_spte } from '../../models/kernel/tdp_iter';
import { tdp_mmu_set_spte } from '../../models/kernel/tdp_mmu';
import { kvm_flush_remote_tlbs } from '../../models/kernel/tlb';
import type { SeededFault } from './seeded_fault';

const OPS = known('variant', 'v6.18', VARIANTS).ops;

export const FAULTS_OF_LOGGING: readonly SeededFault[] = [
  {
    name: 'when dirty logging stops, leaves are zapped that cannot be larger (9eba50f8d7fc)',
    breaks: ['mapped-as-the-reference-has-it'],
    on: ['v5.10', 'v5.12'],
    program: ['guest_read mmu=tdp page=0 offset=0', 'dirty_log on=1', 'dirty_log on=0'],
    kernel: {
      tdp_mmu_dirty_logging_stopped(kvm, slot) {
        let flush = false;
        for_each_upper_spte(kvm, slot, (sp, index, level) => {
          const region = (spte_gfn(kvm.world.fan_out, sp, level, index) - slot.base_gfn) / kvm.world.fan_out;
          if (slot.backing === '4k' || slot.broken[region] || !sp.spt[index]) return;
          tdp_mmu_set_spte(kvm, sp, index, level, 0);
          flush = true;
        });
        if (flush) kvm_flush_remote_tlbs(kvm);
      },
    },
  },
  {
    name: 'a table that goes when dirty logging stops is still listed and counted',
    breaks: ['listed-pages-are-flagged-and-live', 'stat-equals-splits'],
    on: ['v6.18', 'v6.4'],
    program: ['guest_exec mmu=tdp page=0 offset=0', 'dirty_log on=1', 'dirty_log on=0'],
    kernel: {
      tdp_mmu_dirty_logging_stopped(kvm, slot) {
        for (const sp of kvm.sps) sp.nx_huge_page_disallowed &&= !sp.tdp_mmu_page;
        OPS.tdp_mmu_dirty_logging_stopped(kvm, slot);
      },
    },
  },
  {
    name: 'nothing is made huge again when dirty logging stops while another slot is logged',
    breaks: ['huge-pages-return'],
    on: ['v6.18-without-tdp-mmu', 'v5.5'],
    program: [
      'dirty_log on=1 slot=1',
      'dirty_log on=1',
      'guest_exec mmu=tdp page=0 offset=1',
      'dirty_log on=0',
      'guest_write mmu=tdp page=0 offset=0',
    ],
    kernel: {
      *stop_dirty_logging(kvm, slot) {
        if (kvm.memslots.some((other) => other !== slot && other.dirty_log)) slot.dirty_log = false;
        else yield* OPS.stop_dirty_logging(kvm, slot);
      },
    },
  },
  {
    name: 'a split for dirty logging grants what the table may, not what the huge leaf did',
    breaks: ['mapped-as-the-reference-has-it'],
    on: ['v6.18', 'v6.1'],
    program: ['clear_gpte_dirty mmu=shadow page=8', 'guest_read mmu=shadow page=8 offset=0', 'dirty_log on=1 slot=1'],
    kernel: {
      shadow_mmu_split_huge_page(kvm, sp, index, level) {
        sp.spt[index] = (sp.spt[index] ?? 0) | (sp.role.access & WRITE);
        return OPS.shadow_mmu_split_huge_page(kvm, sp, index, level);
      },
    },
  },
];
