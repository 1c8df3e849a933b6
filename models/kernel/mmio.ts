/**
 * MMIO SPTEs: what a nested guest's tables have where an access arrives outside all slots. Models mmu_set_spte(),
 * get_mmio_spte() and kvm_mmu_invalidate_mmio_sptes() (arch/x86/kvm/mmu/mmu.c), 5.5 to 7.3.
 */
import { type Mmu, PG_LEVEL_4K, ROOT_LEVEL } from '../world/world';
import { warn_on } from './fault';
import { write_spte } from './sp';
import { is_mmio_spte, is_shadow_present_pte, MMIO_SPTE, spte_gfn, spte_index } from './spte';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Kvm, kvm_mmu_page } from './types';

/**
 * mmu_set_spte() for a fault outside all slots (is_noslot_pfn()). A leaf in the place of the MMIO SPTE is dropped and flushed first;
 * or else (B53) mmu_spte_set() warns of it and writes, and nothing takes the leaf off its reverse map, off the counter of pages or out
 * of TLBs.
 */
export function mark_mmio_spte(kvm: Kvm, sp: kvm_mmu_page, index: number, drops_first: boolean): void {
  const present = is_shadow_present_pte(sp.spt[index] ?? 0);
  if (present && drops_first) {
    write_spte(kvm, sp, index, PG_LEVEL_4K, 0);
    kvm_flush_remote_tlbs(kvm);
  } else if (present) {
    const gfn = spte_gfn(kvm.world.fan_out, sp, PG_LEVEL_4K, index);
    warn_on(kvm, 'PRIMITIVE', `an MMIO SPTE is written over the leaf of gfn ${gfn}, whose reverse map keeps it`);
    kvm.running.tlb_suspect = true;
  }
  sp.spt[index] = sp.role.guest_mode && kvm.ops.builds_tables_outside_slots ? MMIO_SPTE : 0;
}

/** Whether a nested guest's access finds an MMIO SPTE (get_mmio_spte()). */
export function finds_mmio_spte(kvm: Kvm, mmu: Mmu, addr: number): boolean {
  let sp = kvm.roots[mmu];
  for (let level = ROOT_LEVEL; sp && level > PG_LEVEL_4K; level--) {
    sp = sp.child[spte_index(kvm.world.fan_out, addr, level)] ?? null;
  }
  return is_mmio_spte(sp?.spt[spte_index(kvm.world.fan_out, addr, PG_LEVEL_4K)] ?? 0);
}

/** kvm_mmu_invalidate_mmio_sptes(): the memslots have changed, and an MMIO SPTE of before counts as none (check_mmio_spte()). */
export function kvm_mmu_invalidate_mmio_sptes(kvm: Kvm): void {
  if (!kvm.ops.builds_tables_outside_slots) return;
  for (const { spt, role } of kvm.sps) {
    if (!role.guest_mode) continue;
    for (let index = 0; index < spt.length; index++) if (is_mmio_spte(spt[index] ?? 0)) spt[index] = 0;
  }
}
