import { memslots, spte, tdp_mmu, variant } from 'kvm-nx-harness';

/** A hook of the memslots: tables of a slot are zapped when its dirty logging stops, and nobody flushes. */
export default variant({
  base: 'v6.4',
  source: 'a hook of the memslots',
  kernel: {
    tdp_mmu_dirty_logging_stopped(kvm, slot) {
      tdp_mmu.for_each_upper_spte(kvm, slot, (sp, index, level) => {
        const child = sp.child[index];
        if (!child || !spte.is_table(sp.spt[index] ?? 0, level)) return;
        if (memslots.kvm_mmu_max_mapping_level(kvm, slot, child.gfn) < level) return;
        tdp_mmu.tdp_mmu_set_spte(kvm, sp, index, level, 0);
      });
    },
  },
});
