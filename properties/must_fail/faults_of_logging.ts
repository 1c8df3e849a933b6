/** Faults where dirty logging stops: too much goes, or what goes is not accounted for. */
import { known } from '../../harness/errors';
import { VARIANTS } from '../../models/catalogue/catalogue';
import { spte_gfn } from '../../models/kernel/spte';
import { for_each_upper_spte, tdp_mmu_set_spte } from '../../models/kernel/tdp_mmu';
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
];
