import {
  type KernelOps,
  type Kvm,
  type kvm_mmu_page,
  lock,
  mmu,
  mmu_limit,
  nested,
  sp as pages,
  ROOT_LEVEL,
  spte,
} from 'kvm-nx-harness';

/** From 6.13. */
export function count_used(kvm: Kvm, nr: number): void {
  kvm.n_used_mmu_pages += nr;
}

/** From 6.3. */
export const tdp_pages: Partial<KernelOps> = {
  tdp_account_mmu_page(kvm) {
    kvm.tdp_mmu_pages += 1;
  },
  tdp_unaccount_mmu_page(kvm) {
    kvm.tdp_mmu_pages -= 1;
  },
};

const FLOODED = 3;

export const limits: Partial<KernelOps> = {
  kvm_mod_used_mmu_pages(kvm, nr) {
    count_used(kvm, nr);
    kvm.params.kvm_total_used_mmu_pages += nr;
  },
  tdp_account_mmu_page() {},
  tdp_unaccount_mmu_page() {},
  shadow_mmu_split_huge_page(kvm, sp, index, level) {
    const gfn = spte.spte_gfn(kvm.world.fan_out, sp, level, index);
    const whole = !sp.is_root || ((sp.spt[index] ?? 0) & spte.WRITE) !== 0;
    const access = sp.is_root ? (whole ? spte.ACC_ALL : spte.ACC_CLEAN) : sp.role.access;
    const child = mmu.kvm_mmu_get_shadow_page(kvm, gfn, level - 1, pages.mmu_of(sp), access);
    const leaf = kvm.ops.make_spte(level - 1, access, kvm.ops.is_nx_huge_page_enabled(kvm));
    child.spt.forEach((old, i) => {
      if (old === 0) pages.write_spte(kvm, child, i, level - 1, leaf);
    });
    mmu.link_shadow_page(kvm, sp, index, level, child);
    return child;
  },
  make_mmu_pages_available(kvm) {
    kvm.ops.kvm_mmu_zap_oldest_mmu_pages(kvm, mmu_limit.n_used_mmu_pages(kvm) - kvm.n_max_mmu_pages + 1);
  },
  kvm_mmu_zap_oldest_mmu_pages(kvm, nr_to_zap) {
    const invalid_list: kvm_mmu_page[] = [];
    let age = 0;
    for (const sp of mmu.shadow_pages(kvm)) {
      if (invalid_list.length >= nr_to_zap && sp.age !== age) break;
      age = sp.age;
      if (!sp.is_root && kvm.sps.includes(sp)) mmu.kvm_mmu_prepare_zap_page(kvm, sp, invalid_list);
    }
    mmu.kvm_mmu_remote_flush_or_zap(kvm, invalid_list, false);
  },
  kvm_mmu_change_mmu_pages(kvm, goal) {
    lock.write_lock(kvm);
    kvm.ops.kvm_mmu_zap_oldest_mmu_pages(kvm, mmu_limit.n_used_mmu_pages(kvm) - goal);
    kvm.n_max_mmu_pages = goal;
    lock.mmu_unlock(kvm);
  },
  kvm_mmu_track_write(kvm, of, root, index) {
    const invalid_list: kvm_mmu_page[] = [];
    lock.write_lock(kvm);
    const entry = root.spt[index] ?? 0;
    if (kvm.ops.detect_write_flooding(root)) nested.zap_flooded(kvm, of, root, invalid_list);
    else if (spte.is_table(entry, ROOT_LEVEL)) {
      const child = mmu.drop_parent_pte(kvm, root, index, ROOT_LEVEL);
      const lost = child.parent_ptes.length === 0 && kvm.ops.track_write_zaps_parentless_pages;
      if (lost) mmu.kvm_mmu_prepare_zap_page(kvm, child, invalid_list);
    } else pages.write_spte(kvm, root, index, ROOT_LEVEL, 0);
    mmu.kvm_mmu_remote_flush_or_zap(kvm, invalid_list, spte.is_shadow_present_pte(entry));
    lock.mmu_unlock(kvm);
  },
  detect_write_flooding(root) {
    root.write_flooding_count++;
    return root.write_flooding_count >= FLOODED;
  },
};
