/**
 * L1's tables for a nested guest, and KVM's shadow of them. Of an L1 entry its dirty bit is modelled and where it points: to 1G, or to a
 * page directory. L1 has one directory for each 1G page of memory, which maps that by dirty entries of 2M and never changes. Models
 * arch/x86/kvm/mmu/paging_tmpl.h and arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3.
 */
import { is_in_2m, target_of, through, with_size, with_target } from '../world/entries';
import { with_flag } from '../world/flags';
import { is_nested, type Mmu, type Nested, PG_LEVEL_2M, PG_LEVEL_4K, ROOT_LEVEL } from '../world/world';
import { walks_into } from './child_sp';
import { mmu_unlock, write_lock } from './lock';
import { gfn_to_memslot } from './memslots';
import { mark_mmio_spte } from './mmio';
import {
  drop_parent_pte,
  kvm_mmu_get_shadow_page,
  kvm_mmu_prepare_zap_page,
  kvm_mmu_remote_flush_or_zap,
  link_shadow_page,
  validate_direct_spte,
} from './mmu';
import { load_roots } from './roots';
import { write_spte } from './sp';
import { ACC_ALL, ACC_CLEAN, is_shadow_present_pte, is_table, KVM_PAGES_PER_HPAGE, spte_index, WRITE } from './spte';
import type { Kvm, kvm_mmu_page } from './types';
import { kvm_run } from './worker_life';

/**
 * FNAME(walk_addr)(): what L1's entry grants. A write sets its dirty bit. While the bit is clear, protect_clean_gpte()
 * removes the write permission, so that the first write faults. An entry that leads to a page directory has no dirty bit.
 */
export function walk_addr(kvm: Kvm, mmu: Nested, addr: number, kind: number): number {
  const index = spte_index(kvm.world.fan_out, addr, ROOT_LEVEL);
  if (is_in_2m(kvm.remapped[mmu], index)) return ACC_ALL;
  if (kind === WRITE) kvm.gpte_clean[mmu] = with_flag(kvm.gpte_clean[mmu], index, false);
  return kvm.gpte_clean[mmu][index] ? ACC_CLEAN : ACC_ALL;
}

/** The gfn at which an access arrives: a nested guest's goes through L1's entry, as that is now. */
export const gfn_of = (kvm: Kvm, mmu: Mmu, addr: number): number =>
  is_nested(mmu) ? through(kvm.remapped[mmu], addr, KVM_PAGES_PER_HPAGE(kvm.world.fan_out, ROOT_LEVEL)) : addr;

/** The gfn that is mapped at a guest's address, if anything is: for a nested guest, what L1's entry was when it was mapped. */
export const gfn_that_stands = (kvm: Kvm, mmu: Mmu, addr: number): number =>
  through(kvm.roots[mmu]?.shadowed_translation ?? 0, addr, KVM_PAGES_PER_HPAGE(kvm.world.fan_out, ROOT_LEVEL));

/** Whether the table below entry `index` of a root is direct, and shadows no page directory of L1 (`role.direct`). */
export const is_direct_below = ({ remapped }: Kvm, mmu: Mmu, index: number): boolean =>
  !is_nested(mmu) || !is_in_2m(remapped[mmu], index);

/** The largest page that L1's entries allow where this access arrives (`walker.level`). */
export const level_of_gpte = (kvm: Kvm, mmu: Mmu, addr: number): number =>
  is_direct_below(kvm, mmu, spte_index(kvm.world.fan_out, addr, ROOT_LEVEL)) ? ROOT_LEVEL : PG_LEVEL_2M;

/**
 * A nested guest's access outside all slots: KVM makes an MMIO SPTE in the tree that the access needs. Modelled is only
 * that the other tree is unlinked for it.
 */
export function fault_outside_slots(kvm: Kvm, mmu: Nested, addr: number, kind: number): void {
  const { fan_out } = kvm.world;
  const access = walk_addr(kvm, mmu, addr, kind);
  const root = kvm.roots[mmu];
  const index = spte_index(fan_out, addr, ROOT_LEVEL);
  const child = root?.child[index];
  const start = target_of(kvm.remapped[mmu], index) * KVM_PAGES_PER_HPAGE(fan_out, ROOT_LEVEL);
  const direct = is_direct_below(kvm, mmu, index);
  if (!root || !child) return;
  if (child.role.access === access && walks_into(kvm, child, start, true, direct)) {
    const table = child.child[spte_index(fan_out, addr, PG_LEVEL_2M)] ?? null;
    fault_in_table(kvm, table, addr, kvm.ops.drops_spte_for_mmio);
    return;
  }
  write_lock(kvm);
  root.write_flooding_count = 0;
  if (direct) validate_direct_spte(kvm, root, index, ROOT_LEVEL, access);
  const table = kvm_mmu_get_shadow_page(kvm, start, PG_LEVEL_2M, 'shadow', access, direct);
  link_shadow_page(kvm, root, index, ROOT_LEVEL, table);
  mmu_unlock(kvm);
}

/** The same where all tables stand: the MMIO SPTE is made in that of 4K, if there is one. */
export function fault_in_table(kvm: Kvm, table: kvm_mmu_page | null, addr: number, drops_first: boolean): void {
  if (!table) return;
  write_lock(kvm);
  mark_mmio_spte(kvm, table, spte_index(kvm.world.fan_out, addr, PG_LEVEL_4K), drops_first);
  mmu_unlock(kvm);
}

/**
 * L1 clears the dirty bit of this entry to find later writes of its guest. Only entries over memory have a dirty bit.
 */
export function clear_gpte_dirty(kvm: Kvm, mmu: Nested, gfn: number, vcpu = 0): void {
  const gptes = kvm.gpte_clean[mmu];
  const index = spte_index(kvm.world.fan_out, gfn, ROOT_LEVEL);
  if (!kvm_run(kvm)) return;
  load_roots(kvm, vcpu);
  if (gptes[index] || is_in_2m(kvm.remapped[mmu], index) || !gfn_to_memslot(kvm, gfn, 0)) return;
  kvm.gpte_clean[mmu] = with_flag(gptes, index, true);
  const root = kvm.roots[mmu];
  if (root) kvm.ops.kvm_mmu_track_write(kvm, mmu, root, index);
}

/**
 * L1's entry for this page points to another 1G page from now on, or (`in_2m`) to the page directory that maps it. If L1 writes the
 * entry, KVM sees that. What something else writes (userspace, a device) it does not see: the next fault there finds what the entry
 * pointed to before.
 */
export function remap_gpte(
  kvm: Kvm,
  mmu: Nested,
  gfn: number,
  to: number,
  in_2m: boolean,
  tracked: boolean,
  vcpu: number,
): void {
  const { fan_out } = kvm.world;
  if (tracked && !kvm_run(kvm)) return;
  if (tracked) load_roots(kvm, vcpu);
  const index = spte_index(fan_out, gfn, ROOT_LEVEL);
  const pointed = with_target(kvm.remapped[mmu], index, spte_index(fan_out, to, ROOT_LEVEL));
  const remapped = with_size(pointed, index, in_2m);
  if (remapped === kvm.remapped[mmu]) return;
  kvm.remapped[mmu] = remapped;
  const root = kvm.roots[mmu];
  if (tracked && root) kvm.ops.kvm_mmu_track_write(kvm, mmu, root, index);
}

/** The number of writes, without a fault of the nested guest between them, that counts as flooding. */
const FLOODED = 3;

/**
 * detect_write_flooding(): counts one more write. True if there were so many that the page no longer seems to be a page
 * table.
 */
export const detect_write_flooding = (root: kvm_mmu_page): boolean => ++root.write_flooding_count >= FLOODED;

/**
 * kvm_mmu_track_write() (kvm_mmu_pte_write() up to 6.5): L1 has written to a shadowed table. The SPTE is cleared. A
 * table that it pointed to stays in the hash and on its list, whether or not it is ever used again; in 7.3 it is zapped
 * if nothing else points to it.
 */
export function kvm_mmu_track_write(kvm: Kvm, mmu: Nested, root: kvm_mmu_page, index: number): void {
  const invalid_list: kvm_mmu_page[] = [];
  write_lock(kvm);
  const flush = is_shadow_present_pte(root.spt[index] ?? 0);
  if (kvm.ops.detect_write_flooding(root)) zap_flooded(kvm, mmu, root, invalid_list);
  else if (is_table(root.spt[index] ?? 0, ROOT_LEVEL)) {
    const child = drop_parent_pte(kvm, root, index, ROOT_LEVEL);
    const lost = child.parent_ptes.length === 0;
    if (lost && kvm.ops.track_write_zaps_parentless_pages) kvm_mmu_prepare_zap_page(kvm, child, invalid_list);
  } else write_spte(kvm, root, index, ROOT_LEVEL, 0);
  kvm_mmu_remote_flush_or_zap(kvm, invalid_list, flush);
  mmu_unlock(kvm);
}

/** Write flooding: zaps the root that shadows the page, and the tables that are left without a parent. */
export function zap_flooded(kvm: Kvm, mmu: Nested, root: kvm_mmu_page, invalid_list: kvm_mmu_page[]): void {
  kvm_mmu_prepare_zap_page(kvm, root, invalid_list);
  kvm.roots[mmu] = null;
}

/** The former name, kept for good. */
export { clear_gpte_dirty as clear_dirty };
