import {
  dirty_log,
  type KernelOps,
  lock,
  memslots,
  mmu,
  nx_huge_pages,
  PG_LEVEL_2M,
  PG_LEVEL_4K,
  sp as pages,
  spte,
  tdp_mmu,
  tlb,
} from 'kvm-nx-harness';

/** From 6.12 on, with the fix of B35: the slot's leaves go, and the tables whose memory is all its own. */
const kvm_mmu_zap_memslot: KernelOps['kvm_mmu_zap_memslot'] = function* (kvm, slot, base_gfn) {
  const end = base_gfn + slot.npages;
  const invalid_list: Parameters<typeof mmu.kvm_mmu_prepare_zap_page>[2] = [];
  const of_the_slot = (sp: (typeof kvm.sps)[number]) => {
    const size = spte.KVM_PAGES_PER_HPAGE(kvm.world.fan_out, nx_huge_pages.standing_level(sp) + 1);
    return !sp.is_root && sp.gfn >= base_gfn && sp.gfn + size <= end && pages.kvm_mmu_page_as_id(sp) === slot.as_id;
  };
  lock.write_lock(kvm);
  const shadow = kvm.ops.shadow_unmap_gfn_range(kvm, base_gfn, end);
  let flush = kvm.ops.tdp_mmu_unmap_gfn_range(kvm, base_gfn, end) || shadow;
  for (const sp of [...kvm.sps]) {
    if (!kvm.sps.includes(sp) || !of_the_slot(sp)) continue;
    if (!sp.tdp_mmu_page) mmu.kvm_mmu_prepare_zap_page(kvm, sp, invalid_list);
    else if (tdp_mmu.kvm_tdp_mmu_zap_sp(kvm, sp)) flush = true;
  }
  mmu.kvm_mmu_remote_flush_or_zap(kvm, invalid_list, flush);
  lock.mmu_unlock(kvm);
  yield 'lock_dropped';
};

export const slots: Partial<KernelOps> = {
  kvm_mmu_zap_memslot,
  kvm_create_memslot(kvm, slot) {
    if (slot.base_gfn < 0) slot.base_gfn = (kvm.world.slots[slot.id]?.home ?? 0) * kvm.world.fan_out;
  },
  *kvm_delete_memslot(kvm, slot) {
    lock.lock_slots(kvm);
    yield* kvm.ops.kvm_invalidate_memslot(kvm, slot);
    slot.dirty_log = false;
    lock.unlock_slots(kvm);
  },
  *kvm_move_memslot(kvm, slot, page) {
    const base_gfn = page * kvm.world.fan_out;
    if (slot.base_gfn < 0 || slot.base_gfn === base_gfn) return;
    lock.lock_slots(kvm);
    yield* kvm.ops.kvm_invalidate_memslot(kvm, slot);
    slot.base_gfn = base_gfn;
    lock.unlock_slots(kvm);
  },
  *kvm_invalidate_memslot(kvm, slot) {
    if (slot.base_gfn < 0) return;
    const { base_gfn } = slot;
    if (kvm.ops.has_pre_fault_memory) slot.invalid_gfn = base_gfn;
    lock.synchronize_srcu(kvm);
    slot.base_gfn = -1;
    if (kvm.slot_zap_all) yield* memslots.kvm_mmu_zap_all_fast(kvm);
    else yield* kvm.ops.kvm_mmu_zap_memslot(kvm, slot, base_gfn);
    slot.invalid_gfn = -1;
  },
  *start_dirty_logging(kvm, slot) {
    if (slot.base_gfn < 0 || slot.dirty_log) return;
    lock.lock_slots(kvm);
    lock.synchronize_srcu(kvm);
    slot.dirty_log = true;
    yield 'slots_swapped';
    const all_dirty = dirty_log.initially_all_set(kvm);
    if (all_dirty && kvm.ops.protects_huge_pages_when_cleared) {
      lock.unlock_slots(kvm);
      return;
    }
    const from_level = all_dirty ? PG_LEVEL_2M : kvm.ops.dirty_log_start_level;
    const [start, end] = [slot.base_gfn, slot.base_gfn + slot.npages];
    if (memslots.kvm_memslots_have_rmaps(kvm)) {
      lock.write_lock(kvm);
      if (kvm.tdp_mmu_enabled && kvm.ops.eager_split.nested) mmu.shadow_try_split_huge_pages(kvm, start, end);
      mmu.for_each_shadow_leaf(kvm, start, end, (sp, index, level, entry) => {
        if (level < from_level) return;
        pages.write_spte(kvm, sp, index, level, entry & ~spte.WRITE);
      });
      tlb.kvm_flush_remote_tlbs(kvm);
      lock.mmu_unlock(kvm);
    }
    lock.read_lock(kvm);
    if (kvm.tdp_mmu_enabled && kvm.ops.eager_split.tdp) tdp_mmu.tdp_try_split_huge_pages(kvm, slot);
    tdp_mmu.for_each_upper_spte(kvm, slot, (sp, index, level) => {
      memslots.tdp_write_protect(kvm, sp, index, level, from_level);
    });
    tlb.kvm_flush_remote_tlbs(kvm);
    lock.mmu_unlock(kvm);
    lock.unlock_slots(kvm);
  },
  kvm_arch_pre_set_memory_attributes(kvm, gfn) {
    memslots.kvm_unmap_gfn_range(kvm, gfn, gfn + 1);
    const slot = memslots.gfn_to_memslot(kvm, gfn);
    const level = slot ? memslots.lpage_info_max_level(kvm, slot, gfn) : PG_LEVEL_4K;
    const start = gfn - (gfn % spte.KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level));
    return { start, end: start + spte.KVM_PAGES_PER_HPAGE(kvm.world.fan_out, level) };
  },
  kvm_arch_mmu_enable_log_dirty_pt_masked(kvm, slot, start, end) {
    const lazily = dirty_log.initially_all_set(kvm) && kvm.ops.protects_huge_pages_when_cleared;
    if (lazily) kvm.ops.kvm_mmu_try_split_huge_pages(kvm, slot, start, end);
    const protect = (sp: (typeof kvm.sps)[number], index: number, level: number): void => {
      const entry = sp.spt[index] ?? 0;
      if (!spte.is_leaf(entry, level) || (level > PG_LEVEL_4K && !lazily)) return;
      pages.write_spte(kvm, sp, index, level, entry & ~spte.WRITE);
    };
    mmu.for_each_shadow_leaf(kvm, start, end, protect);
    const tdp = (sp: (typeof kvm.sps)[number], index: number, level: number): void => {
      const child = sp.child[index];
      if (!child) protect(sp, index, level);
      else if (level === PG_LEVEL_2M) {
        for (const [i] of child.spt.entries())
          if (child.gfn + i >= start && child.gfn + i < end) protect(child, i, PG_LEVEL_4K);
      }
    };
    tdp_mmu.for_each_upper_spte(kvm, slot, tdp, start, end);
  },
  kvm_mmu_try_split_huge_pages(kvm, slot, start, end) {
    if (!kvm.tdp_mmu_enabled) return;
    if (kvm.ops.eager_split.nested) mmu.shadow_try_split_huge_pages(kvm, start, Math.max(end, start + 1));
    if (kvm.ops.eager_split.tdp) tdp_mmu.tdp_try_split_huge_pages(kvm, slot, start, end);
  },
  gfn_to_collapse: (kvm, sp, index, level) => spte.spte_gfn(kvm.world.fan_out, sp, level, index),
  *stop_dirty_logging(kvm, slot) {
    if (slot.base_gfn < 0 || !slot.dirty_log) return;
    lock.lock_slots(kvm);
    lock.synchronize_srcu(kvm);
    slot.dirty_log = false;
    yield 'slots_swapped';
    if (memslots.kvm_memslots_have_rmaps(kvm)) {
      lock.write_lock(kvm);
      if (memslots.shadow_zap_collapsible_leaves(kvm, slot)) tlb.kvm_flush_remote_tlbs(kvm);
      lock.mmu_unlock(kvm);
    }
    lock.read_lock(kvm);
    kvm.ops.tdp_mmu_dirty_logging_stopped(kvm, slot);
    lock.mmu_unlock(kvm);
    const { tdp, shadow } = kvm.ops.drops_idle_tables.when_logging_stops;
    if (tdp || shadow) {
      lock.write_lock(kvm);
      memslots.drop_idle_tables(kvm, slot, slot.base_gfn, slot.base_gfn + slot.npages, tdp, shadow);
      lock.mmu_unlock(kvm);
    }
    lock.unlock_slots(kvm);
  },
  kvm_reload_remote_mmus(kvm) {
    kvm.tlb = [];
  },
  shadow_unmap_gfn_range(kvm, start, end) {
    let flush = false;
    mmu.for_each_shadow_leaf(kvm, start, end, (sp, index, level) => {
      pages.write_spte(kvm, sp, index, level, 0);
      flush = true;
    });
    return flush;
  },
};
