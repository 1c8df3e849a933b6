import { variant } from '../catalogue/variant';
import { kvm_mmu_max_mapping_level } from '../kernel/memslots';
import { KVM_PAGES_PER_HPAGE } from '../kernel/spte';
import { for_each_upper_spte } from '../kernel/tdp_iter';
import { tdp_mmu_set_spte } from '../kernel/tdp_mmu';
import { kvm_flush_remote_tlbs_range } from '../kernel/tlb';

/**
 * After a table has been emptied, the flush begins at the last gfn that it mapped, and not at the first. The kernel flushes so
 * wherever it removes a table with mmu_lock held for read; the model, where dirty logging stops. The model leaves out the last
 * page and what lies behind the table, too: which page is the last must make no difference.
 */
export default variant({
  kind: 'defect',
  base: 'v5.12',
  title: 'the flush after a table was emptied misses nearly all that the table mapped',
  since: '5.13',
  source: 'fixed by 574c3c55e969 (5.16); from reading',
  expect: { violates: ['nothing-reachable-unflushed'] },
  kernel: {
    tdp_mmu_dirty_logging_stopped(kvm, slot) {
      const { fan_out } = kvm.world;
      for_each_upper_spte(kvm, slot, (sp, index, level) => {
        const child = sp.child[index];
        if (!child || kvm_mmu_max_mapping_level(kvm, slot, child.gfn) < level) return;
        tdp_mmu_set_spte(kvm, sp, index, level, 0);
        kvm_flush_remote_tlbs_range(kvm, child.gfn + KVM_PAGES_PER_HPAGE(fan_out, level), 0);
      });
    },
  },
});
