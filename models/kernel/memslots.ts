/**
 * Memslots and the mmu notifier: the paths besides recovery and dirty logging (dirty_log.ts) that zap tables. Models virt/kvm/kvm_main.c,
 * arch/x86/kvm/x86.c and arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3.
 */
import { are_mixed } from '../world/attributes';
import { none_set, with_flag } from '../world/flags';
import { type AddressSpace, type Backing, backing_level, PG_LEVEL_1G, PG_LEVEL_2M, PG_LEVEL_4K } from '../world/world';
import { warn } from './fault';
import {
  assert_slots_locked,
  lock_slots,
  mmu_unlock,
  read_lock,
  synchronize_srcu,
  unlock_slots,
  write_lock,
} from './lock';
import { kvm_mmu_invalidate_mmio_sptes } from './mmio';
import { drop_roots, kvm_mmu_prepare_zap_page, kvm_mmu_remote_flush_or_zap, kvm_zap_obsolete_pages } from './mmu';
import { kvm_mmu_page_as_id, standing_level } from './sp';
import { KVM_PAGES_PER_HPAGE } from './spte';
import { kvm_tdp_mmu_zap_sp } from './tdp_mmu';
import { kvm_flush_remote_tlbs } from './tlb';
import type { Kvm, kvm_memory_slot, kvm_mmu_page, Task } from './types';

/** gfn_to_memslot(): null outside all slots of this address space or, without `as_id`, of both. */
export function gfn_to_memslot(kvm: Kvm, gfn: number, as_id?: AddressSpace): kvm_memory_slot | null {
  for (const slot of kvm.memslots) {
    if (as_id !== undefined && slot.as_id !== as_id) continue;
    if (slot.base_gfn >= 0 && gfn >= slot.base_gfn && gfn < slot.base_gfn + slot.npages) return slot;
  }
  return null;
}

/** Whether look-ups in this address space still find a slot here that is on its way out (KVM_MEMSLOT_INVALID). */
export const is_in_invalid_slot = ({ memslots }: Kvm, gfn: number, as_id: AddressSpace): boolean =>
  memslots.some((slot) => {
    const start = slot.invalid_gfn;
    return start >= 0 && slot.as_id === as_id && gfn >= start && gfn < start + slot.npages;
  });

/** id_to_memslot(). */
export function slot_of(kvm: Kvm, id: number): kvm_memory_slot {
  const slot = kvm.memslots[id];
  if (!slot) throw new Error(`the world has no slot ${id}`);
  return slot;
}

/**
 * lpage_info_max_level(): the largest level that the slot's edges allow, and attributes, which must not be mixed in a huge page
 * (KVM_LPAGE_MIXED_FLAG, 6.8).
 */
export function lpage_info_max_level(kvm: Kvm, slot: kvm_memory_slot, gfn: number): number {
  const size = KVM_PAGES_PER_HPAGE(kvm.world.fan_out, PG_LEVEL_1G);
  const start = gfn - (gfn % size);
  const fits = start >= slot.base_gfn && start + size <= slot.base_gfn + slot.npages;
  if (fits && !has_mixed_attributes(kvm, gfn, PG_LEVEL_1G)) return PG_LEVEL_1G;
  return has_mixed_attributes(kvm, gfn, PG_LEVEL_2M) ? PG_LEVEL_4K : PG_LEVEL_2M;
}

function has_mixed_attributes({ world, mem_attr_array }: Kvm, gfn: number, level: number): boolean {
  const size = KVM_PAGES_PER_HPAGE(world.fan_out, level);
  return are_mixed(mem_attr_array, gfn - (gfn % size), size);
}

/**
 * kvm_mmu_max_mapping_level(): the largest level that the backing, the slot's edges and attributes (lpage_info) allow. `gfn`
 * must lie in the slot. A table may begin before its slot; a gfn there must not be passed.
 */
export function kvm_mmu_max_mapping_level(kvm: Kvm, slot: kvm_memory_slot, gfn: number): number {
  const { fan_out } = kvm.world;
  const broken = slot.broken[Math.floor((gfn - slot.base_gfn) / fan_out)];
  if (broken === undefined)
    warn(kvm, 'PRIMITIVE', `lpage_info of slot ${slot.id} is read for gfn ${gfn}, outside the slot`);
  if (broken) return PG_LEVEL_4K;
  return Math.min(backing_level(slot.backing), lpage_info_max_level(kvm, slot, gfn));
}

/**
 * kvm_mmu_zap_all_fast(): zaps everything that the VM has mapped, in all slots. Roots and shadow pages become obsolete
 * at once. They are torn down step by step, while vCPUs build new ones.
 */
export function* kvm_mmu_zap_all_fast(kvm: Kvm): Task {
  assert_slots_locked(kvm, 'all mappings are zapped');
  write_lock(kvm);
  kvm.mmu_valid_gen = 1 - kvm.mmu_valid_gen;
  drop_roots(kvm);
  yield* kvm_zap_obsolete_pages(kvm);
  if (kvm.ops.mmu_lock_is_rwlock) {
    mmu_unlock(kvm);
    read_lock(kvm);
  }
  yield* kvm.ops.kvm_tdp_mmu_zap_invalidated_roots(kvm);
  mmu_unlock(kvm);
}

/** What set_nx_huge_pages() does for each VM: zaps all mappings under slots_lock. */
export function* zap_all_with_slots_lock(kvm: Kvm): Task {
  lock_slots(kvm);
  yield* kvm_mmu_zap_all_fast(kvm);
  unlock_slots(kvm);
}

/** KVM_SET_USER_MEMORY_REGION with size 0: no fault can map the slot any more while its mappings are zapped. */
export function* delete_memslot(kvm: Kvm, slot: kvm_memory_slot): Task {
  lock_slots(kvm);
  yield* kvm.ops.kvm_invalidate_memslot(kvm, slot);
  slot.dirty_log = false;
  unlock_slots(kvm);
}

/**
 * kvm_invalidate_memslot(), under slots_lock: faults no longer find the slot, and all mappings are zapped. Until that is done, the slot
 * is there, and marked invalid; so readers of srcu find it that have not looked it up yet, and are waited for. The kernel waits for
 * them once more when the slot is gone: then they find no slot, and end by themselves.
 */
export function* invalidate_memslot(kvm: Kvm, slot: kvm_memory_slot): Task {
  if (slot.base_gfn < 0) return;
  const { base_gfn } = slot;
  if (kvm.ops.has_pre_fault_memory) slot.invalid_gfn = base_gfn;
  synchronize_srcu(kvm);
  kvm_mmu_invalidate_mmio_sptes(kvm);
  slot.base_gfn = -1;
  if (kvm.slot_zap_all) yield* kvm_mmu_zap_all_fast(kvm);
  else yield* kvm.ops.kvm_mmu_zap_memslot(kvm, slot, base_gfn);
  slot.invalid_gfn = -1;
}

/** kvm_mmu_zap_memslot(), mmu.c, 6.12: the leaves of a slot that was at `base_gfn` go; all tables stay, and no list forgets one. */
export function* kvm_mmu_zap_memslot(kvm: Kvm, slot: kvm_memory_slot, base_gfn: number): Task {
  yield* zap_memslot(kvm, slot, base_gfn, false);
}

/** The fix of B35: the tables go as well whose memory is all the slot's. No kernel shipped has it. */
export function* zap_memslot_and_its_tables(kvm: Kvm, slot: kvm_memory_slot, base_gfn: number): Task {
  yield* zap_memslot(kvm, slot, base_gfn, true);
}

function* zap_memslot(kvm: Kvm, slot: kvm_memory_slot, base_gfn: number, tables: boolean): Task {
  const [start, end] = [base_gfn, base_gfn + slot.npages];
  const invalid_list: kvm_mmu_page[] = [];
  write_lock(kvm);
  let flush = kvm.ops.shadow_unmap_gfn_range(kvm, start, end);
  if (kvm.ops.tdp_mmu_unmap_gfn_range(kvm, start, end)) flush = true;
  for (const sp of tables ? [...kvm.sps] : []) {
    const inside = sp.gfn >= start && sp.gfn + KVM_PAGES_PER_HPAGE(kvm.world.fan_out, standing_level(sp) + 1) <= end;
    if (sp.is_root || !inside || kvm_mmu_page_as_id(sp) !== slot.as_id || !kvm.sps.includes(sp)) continue;
    if (!sp.tdp_mmu_page) kvm_mmu_prepare_zap_page(kvm, sp, invalid_list);
    else if (kvm_tdp_mmu_zap_sp(kvm, sp)) flush = true;
  }
  kvm_mmu_remote_flush_or_zap(kvm, invalid_list, flush);
  mmu_unlock(kvm);
  yield 'lock_dropped';
}

/** Deletes a slot and creates it again at its home, with the same memory and flags. */
export function* recreate_memslot(kvm: Kvm, slot: kvm_memory_slot): Task {
  lock_slots(kvm);
  yield* kvm.ops.kvm_invalidate_memslot(kvm, slot);
  unlock_slots(kvm);
  kvm.ops.kvm_create_memslot(kvm, slot);
}

/** KVM_SET_USER_MEMORY_REGION for an id that has no memory yet. */
export function create_memslot(kvm: Kvm, slot: kvm_memory_slot): void {
  if (slot.base_gfn >= 0) return;
  kvm_mmu_invalidate_mmio_sptes(kvm);
  slot.base_gfn = (kvm.world.slots[slot.id]?.home ?? 0) * kvm.world.fan_out;
}

/** Puts fresh host memory of another kind behind a slot that does not exist at the moment. */
export function replace_backing(slot: kvm_memory_slot, backing: Backing): void {
  if (slot.base_gfn >= 0) return;
  slot.backing = backing;
  slot.broken = none_set(slot.broken.length);
}

/** Moves a slot: the same memory at another guest address. */
export function* move_memslot(kvm: Kvm, slot: kvm_memory_slot, page: number): Task {
  const base_gfn = page * kvm.world.fan_out;
  if (slot.base_gfn < 0 || slot.base_gfn === base_gfn) return;
  lock_slots(kvm);
  yield* kvm.ops.kvm_invalidate_memslot(kvm, slot);
  slot.base_gfn = base_gfn;
  unlock_slots(kvm);
}

/**
 * The fix of B37, B38 and B39 (B39 needs no dirty logging): zaps idle tables, that is, tables that would keep their
 * region small for good because they are on no list where recovery could find them, as soon as their region may be
 * huge.
 */
export function drop_idle_tables(
  kvm: Kvm,
  slot: kvm_memory_slot,
  start: number,
  end: number,
  tdp: boolean,
  shadow: boolean,
) {
  const invalid_list: kvm_mmu_page[] = [];
  let flush = false;
  for (const sp of [...kvm.sps]) {
    if (sp.is_root || !sp.role.direct || sp.gfn < start || sp.gfn >= end || !kvm.sps.includes(sp)) continue;
    if (!kvm.ops.keeps_region_small(sp) || sp.possible_nx_huge_page_link.next !== sp.possible_nx_huge_page_link)
      continue;
    if (kvm_mmu_max_mapping_level(kvm, slot, sp.gfn) <= standing_level(sp)) continue;
    if (sp.tdp_mmu_page) flush = (tdp && kvm_tdp_mmu_zap_sp(kvm, sp)) || flush;
    else if (shadow) kvm_mmu_prepare_zap_page(kvm, sp, invalid_list);
  }
  kvm_mmu_remote_flush_or_zap(kvm, invalid_list, flush);
}

/** kvm_unmap_gfn_range(): the mmu notifier calls it before the host takes memory away, and whoever sets attributes. */
export function kvm_unmap_gfn_range(kvm: Kvm, start: number, end: number): void {
  write_lock(kvm);
  let flush = kvm.ops.shadow_unmap_gfn_range(kvm, start, end);
  if (kvm.ops.tdp_mmu_unmap_gfn_range(kvm, start, end)) flush = true;
  if (flush) kvm_flush_remote_tlbs(kvm);
  if (kvm.ops.mmu_seq_is_an_int) kvm.mmu_invalidate_seq = (kvm.mmu_invalidate_seq + 1) % (2 * SIGN_OF_SEQ);
  mmu_unlock(kvm);
}

/** The sign of an int of three bits. Kernels need 2^31 invalidations to reach it. */
const SIGN_OF_SEQ = 4;

/** is_page_fault_stale(): an int with its sign set equals no unsigned long, so that each fault seems to have raced with the host. */
export const is_page_fault_stale = (kvm: Kvm): boolean =>
  kvm.ops.mmu_seq_is_an_int && kvm.mmu_invalidate_seq >= SIGN_OF_SEQ;

/**
 * MADV_DONTNEED of a 2M region and refilling: the region is huge again. If the backing is a 1G page, this concerns all
 * of it.
 */
export function invalidate_region(kvm: Kvm, page: number): void {
  const { fan_out } = kvm.world;
  const slot = gfn_to_memslot(kvm, page * fan_out);
  if (!slot) return;
  const size = KVM_PAGES_PER_HPAGE(fan_out, Math.max(PG_LEVEL_2M, backing_level(slot.backing)));
  const start = page * fan_out - ((page * fan_out - slot.base_gfn) % size);
  const end = Math.min(start + size, slot.base_gfn + slot.npages);
  kvm_unmap_gfn_range(kvm, start, end);
  const region = page - slot.base_gfn / fan_out;
  if (!slot.broken[region]) return;
  slot.broken = with_flag(slot.broken, region, false);
  if (slot.dirty_log || !kvm.ops.drops_idle_tables.when_backing_heals) return;
  write_lock(kvm);
  drop_idle_tables(kvm, slot, start, end, true, true);
  mmu_unlock(kvm);
}

/** MADV_DONTNEED of one 4K page: first the host breaks the region's huge page, which unmaps the whole region. */
export function invalidate_4k_page(kvm: Kvm, page: number, offset: number): void {
  const { fan_out } = kvm.world;
  const gfn = page * fan_out + offset;
  const slot = gfn_to_memslot(kvm, gfn);
  // A hugetlb page cannot be broken: the host ignores MADV_DONTNEED of a part of it.
  if (!slot || slot.backing === '1g') return;
  const region = page - slot.base_gfn / fan_out;
  if (slot.backing === '2m' && !slot.broken[region]) {
    kvm_unmap_gfn_range(kvm, page * fan_out, (page + 1) * fan_out);
    slot.broken = with_flag(slot.broken, region, true);
  }
  kvm_unmap_gfn_range(kvm, gfn, gfn + 1);
}

/** What was here first, and is read here for good. */
export {
  kvm_memslots_have_rmaps,
  shadow_zap_collapsible_leaves,
  start_dirty_logging,
  stop_dirty_logging,
  tdp_write_protect,
} from './dirty_log';
/** The former name, kept for good. */
export { invalidate_4k_page as invalidate_small_page };
