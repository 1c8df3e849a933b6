import {
  type Fault,
  type KernelOps,
  type Kvm,
  type kvm_memory_slot,
  type kvm_mmu_page,
  lock,
  memslots,
  PG_LEVEL_4K,
  page_fault,
  sp as pages,
  spte,
  type Task,
  tdp_mmu,
  tlb,
} from 'kvm-nx-harness';

function alloc_for_fault(kvm: Kvm, fault: Fault, sp: kvm_mmu_page, index: number, level: number): kvm_mmu_page {
  const child = tdp_mmu.tdp_mmu_alloc_child(kvm, sp, index, level);
  child.built = page_fault.built_for(fault, level);
  kvm.running.sp = child;
  kvm.running.level = level;
  return child;
}

function zap_huge_leaf(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number): void {
  if (!spte.is_leaf(sp.spt[index] ?? 0, level)) return;
  tdp_mmu.tdp_mmu_set_spte(kvm, sp, index, level, 0);
  tlb.kvm_flush_remote_tlbs(kvm);
}

function fill_table(kvm: Kvm, sp: kvm_mmu_page, level: number, huge: number): void {
  const access = huge & spte.WRITE ? spte.ACC_ALL : spte.ACC_CLEAN;
  const filled = kvm.ops.make_spte(level, access, kvm.ops.is_nx_huge_page_enabled(kvm));
  for (let index = 0; index < sp.spt.length; index++) pages.write_spte(kvm, sp, index, level, filled);
}

const is_wanted = (kvm: Kvm, fault: Fault, level: number): boolean =>
  fault.huge_page_disallowed && kvm.ops.tdp_mmu_accounts(fault, level);

export function* account_then_link(
  kvm: Kvm,
  fault: Fault,
  sp: kvm_mmu_page,
  index: number,
  level: number,
): Task<kvm_mmu_page> {
  zap_huge_leaf(kvm, sp, index, level);
  const child = alloc_for_fault(kvm, fault, sp, index, level);
  if (is_wanted(kvm, fault, level)) kvm.ops.tdp_mmu_account(kvm, child);
  tdp_mmu.tdp_mmu_link_sp(kvm, sp, index, level, child);
  yield 'spte_published';
  return child;
}

export function* link_then_account(
  kvm: Kvm,
  fault: Fault,
  sp: kvm_mmu_page,
  index: number,
  level: number,
): Task<kvm_mmu_page> {
  zap_huge_leaf(kvm, sp, index, level);
  const child = alloc_for_fault(kvm, fault, sp, index, level);
  tdp_mmu.tdp_mmu_link_sp(kvm, sp, index, level, child);
  yield 'spte_published';
  lock.lock_pages(kvm);
  if (is_wanted(kvm, fault, level) && kvm.ops.still_to_be_tracked(child)) kvm.ops.tdp_mmu_account(kvm, child);
  lock.unlock_pages(kvm);
  return child;
}

export function* flag_link_track(
  kvm: Kvm,
  fault: Fault,
  sp: kvm_mmu_page,
  index: number,
  level: number,
): Task<kvm_mmu_page> {
  const child = alloc_for_fault(kvm, fault, sp, index, level);
  const early = kvm.ops.flags_before_publishing;
  child.nx_huge_page_disallowed = early && kvm.ops.flags_table(fault, level);
  const old = sp.spt[index] ?? 0;
  if (spte.is_leaf(old, level)) fill_table(kvm, child, level - 1, old);
  tdp_mmu.tdp_mmu_link_sp(kvm, sp, index, level, child);
  yield 'spte_published';
  if (!early) child.nx_huge_page_disallowed = kvm.ops.flags_table(fault, level);
  if (!is_wanted(kvm, fault, level)) return child;
  lock.lock_pages(kvm);
  if (kvm.ops.still_to_be_tracked(child)) kvm.ops.tdp_mmu_account(kvm, child);
  lock.unlock_pages(kvm);
  return child;
}

export const hugepage_adjust = (kvm: Kvm, slot: kvm_memory_slot, gfn: number): number =>
  slot.dirty_log ? PG_LEVEL_4K : memslots.kvm_mmu_max_mapping_level(kvm, slot, gfn);

export const leaf: KernelOps['make_spte'] = (level, access, nx_huge_pages) => {
  const exec = level === PG_LEVEL_4K || !nx_huge_pages ? spte.EXEC : 0;
  const large = level === PG_LEVEL_4K ? 0 : spte.PT_PAGE_SIZE;
  return spte.PRESENT | (access & spte.WRITE) | exec | large;
};

export const find_shadow_page: KernelOps['kvm_mmu_find_shadow_page'] = (kvm, gfn, level, mmu, access, direct = true) =>
  kvm.sps.find((sp) => {
    if (sp.gfn !== gfn || sp.role.level !== level || sp.role.access !== access) return false;
    if (sp.role.direct !== direct) return false;
    return pages.mmu_of(sp) === mmu && !kvm.ops.is_obsolete_sp(kvm, sp);
  }) ?? null;
