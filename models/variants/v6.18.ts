import { variant } from '../catalogue/variant';
import { count_used_mmu_pages } from '../kernel/mmu_limit';
import { recover_list_per_type } from '../kernel/nx_recovery';
import { collapse_tables_with_leaves } from '../kernel/tdp_huge_pages';

/** 6.18 to 7.3: each MMU has its own list and counter. TDP pages are recovered under mmu_lock for read. */
export default variant({
  kind: 'baseline',
  base: 'v6.4',
  source: '6.18 to 7.3, with B30 and B37 to B39 fixed',
  expect: 'conforms',
  contract: {
    module_counts_shadow_pages: false,
    list_per_type: true,
    slot_zap_is_a_quirk: true,
    has_memory_attributes: true,
    has_pre_fault_memory: true,
    prefaults_spare_leaves: true,
    collapses_in_place: true,
    worker_starts_at_first_run: true,
    worker_can_be_killed: true,
    entry_takes_its_tables_along: true,
  },
  kernel: {
    kvm_mod_used_mmu_pages: count_used_mmu_pages,
    lists: ['possible_nx_huge_pages[KVM_SHADOW_MMU]', 'possible_nx_huge_pages[KVM_TDP_MMU]'],
    recover_nx_huge_pages: recover_list_per_type,
    slot_zap_is_a_quirk: true,
    has_memory_attributes: true,
    has_pre_fault_memory: true,
    worker_starts_at_first_run: true,
    worker_is_a_vhost_task: true,
    track_write_zaps_parentless_pages: true,
    tdp_mmu_dirty_logging_stopped: collapse_tables_with_leaves,
  },
});
