import {
  dirty_log,
  type Kvm,
  type kvm_memory_slot,
  type kvm_mmu_page,
  memslots,
  ROOT_LEVEL,
  spte,
  tdp_mmu,
  tlb,
} from 'kvm-nx-harness';

export const is_obsolete_sp = (kvm: Kvm, sp: kvm_mmu_page): boolean =>
  !sp.tdp_mmu_page && sp.mmu_valid_gen !== kvm.mmu_valid_gen;

const is_root_of_tdp_mmu = (sp: kvm_mmu_page): boolean => sp.is_root && sp.tdp_mmu_page;

export const zap_of = (tables: boolean) => (kvm: Kvm, start: number, end: number) => {
  let flush = false;
  for (const root of kvm.sps.filter(is_root_of_tdp_mmu)) {
    flush = zap_range(kvm, root, ROOT_LEVEL, start, end, tables) || flush;
  }
  return flush;
};

function zap_range(kvm: Kvm, sp: kvm_mmu_page, level: number, start: number, end: number, tables: boolean): boolean {
  const { first, last, size } = spte.spte_range(kvm.world.fan_out, sp, level, start, end);
  let flush = false;
  for (let index = first; index < last; index++) {
    if (!spte.is_shadow_present_pte(sp.spt[index] ?? 0)) continue;
    const gfn = sp.gfn + index * size;
    const child = sp.child[index] ?? null;
    if (child && !(tables && gfn >= start && gfn + size <= end)) {
      flush = zap_range(kvm, child, level - 1, start, end, tables) || flush;
      continue;
    }
    tdp_mmu.tdp_mmu_set_spte(kvm, sp, index, level, 0);
    flush = true;
  }
  return flush;
}

const collapsible = (kvm: Kvm, slot: kvm_memory_slot, child: kvm_mmu_page | null | undefined, level: number) =>
  child && memslots.kvm_mmu_max_mapping_level(kvm, slot, child.gfn) >= level ? child : null;

export function zap_collapsible_tables(kvm: Kvm, slot: kvm_memory_slot): void {
  tdp_mmu.for_each_upper_spte(kvm, slot, (sp, index, level) => {
    if (!collapsible(kvm, slot, sp.child[index], level)) return;
    tdp_mmu.tdp_mmu_set_spte(kvm, sp, index, level, 0);
    tlb.kvm_flush_remote_tlbs(kvm);
  });
}

export function collapse_tables_with_leaves(kvm: Kvm, slot: kvm_memory_slot): void {
  let flush = false;
  tdp_mmu.for_each_upper_spte(kvm, slot, (sp, index, level) => {
    const child = collapsible(kvm, slot, sp.child[index], level);
    const rights = child ? (dirty_log.initially_all_set(kvm) ? first_rights(child) : rights_below(child)) : 0;
    if (rights === 0) return;
    const leaf = kvm.ops.make_spte(level, rights, kvm.ops.is_nx_huge_page_enabled(kvm));
    tdp_mmu.tdp_mmu_set_spte(kvm, sp, index, level, leaf);
    flush = true;
  });
  if (flush) tlb.kvm_flush_remote_tlbs(kvm);
}

const first_rights = (sp: kvm_mmu_page): number =>
  sp.spt.reduce((rights, entry, index) => {
    const child = sp.child[index];
    return rights || (child ? first_rights(child) : entry);
  }, 0);

function rights_below(sp: kvm_mmu_page): number {
  return sp.spt.reduce((rights, entry, index) => {
    const child = sp.child[index];
    return rights | (child ? rights_below(child) : entry);
  }, 0);
}
