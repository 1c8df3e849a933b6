import { variant } from '../catalogue/variant';
import { count_used_mmu_pages } from '../kernel/mmu_limit';
import { collapse_tables_with_leaves } from '../kernel/tdp_huge_pages';

/** Linux 6.13 to 6.17 as shipped: one list as in 6.4, huge pages that collapse in place as in 6.18. */
export default variant({
  kind: 'shipped',
  base: 'v6.4',
  source: '6.16.12 and 6.17.13, driven',
  // B52 last: all faults walk into the tables of another gfn, not those of B53 alone.
  defects: ['B35', 'B37', 'B38', 'B39', 'B42', 'B53', 'B52', 'B55'],
  contract: {
    module_counts_shadow_pages: false,
    collapses_in_place: true,
    worker_starts_at_first_run: true,
    slot_zap_is_a_quirk: true,
    has_memory_attributes: true,
    has_pre_fault_memory: true,
    prefaults_spare_leaves: true,
    worker_can_be_killed: true,
  },
  kernel: {
    kvm_mod_used_mmu_pages: count_used_mmu_pages,
    slot_zap_is_a_quirk: true,
    has_memory_attributes: true,
    has_pre_fault_memory: true,
    worker_starts_at_first_run: true,
    worker_is_a_vhost_task: true,
    tdp_mmu_dirty_logging_stopped: collapse_tables_with_leaves,
  },
});
