/**
 * Page faults: what a guest access asks for, and how large a page it may get. Models arch/x86/kvm/mmu/mmu.c, 5.5 to
 * 7.3.
 */
import { none_set } from '../world/flags';
import { address_space, type Built, is_nested, type Mmu, PG_LEVEL_4K, ROOT_LEVEL } from '../world/world';
import { wait_for_attributes } from './attributes';
import { warn } from './fault';
import { begin_slot } from './generated/begin';
import {
  mmu_unlock,
  rcu_read_lock,
  rcu_read_unlock,
  read_lock,
  srcu_read_lock,
  srcu_read_unlock,
  write_lock,
} from './lock';
import { gfn_to_memslot, is_page_fault_stale, kvm_mmu_max_mapping_level } from './memslots';
import { finds_mmio_spte } from './mmio';
import { direct_map } from './mmu';
import { check_limit } from './mmu_limit';
import {
  fault_in_table,
  fault_outside_slots,
  gfn_of,
  gfn_that_stands,
  is_direct_below,
  level_of_gpte,
  walk_addr,
} from './nested';
import { load_roots } from './roots';
import { write_spte } from './sp';
import { ACC_ALL, EXEC, PRESENT, spte_index, WRITE } from './spte';
import { kvm_tdp_mmu_map } from './tdp_mmu_map';
import { enter_guest } from './teardown';
import { tlb_evict, tlb_fill, tlb_lookup, walk } from './tlb';
import type { Fault, Kvm, kvm_memory_slot, kvm_mmu_page, Task } from './types';
import { kvm_run } from './worker_life';

/** kvm_mmu_hugepage_adjust(): the level at which a fault may map. Under dirty logging that is 4K. */
export const kvm_mmu_hugepage_adjust = (kvm: Kvm, slot: kvm_memory_slot, gfn: number): number =>
  slot.dirty_log ? PG_LEVEL_4K : kvm_mmu_max_mapping_level(kvm, slot, gfn);

/** `struct kvm_page_fault`, filled in as by kvm_mmu_do_page_fault(). */
export function new_fault(
  kvm: Kvm,
  slot: kvm_memory_slot,
  mmu: Mmu,
  addr: number,
  kind: number,
  prefetch: boolean,
): Fault {
  const access = is_nested(mmu) ? walk_addr(kvm, mmu, addr, kind) : ACC_ALL;
  const gfn = gfn_of(kvm, mmu, addr);
  const req_level = Math.min(kvm.ops.kvm_mmu_hugepage_adjust(kvm, slot, gfn), level_of_gpte(kvm, mmu, addr));
  const huge_page_disallowed = kind === EXEC && kvm.ops.is_nx_huge_page_enabled(kvm);
  const goal_level = huge_page_disallowed ? PG_LEVEL_4K : req_level;
  return { mmu, gfn, addr, slot, kind, access, huge_page_disallowed, prefetch, req_level, goal_level };
}

/** disallowed_hugepage_adjust(): a table that an exec fault needed is not replaced by a huge leaf. */
export function disallowed_hugepage_adjust(kvm: Kvm, fault: Fault, sp: kvm_mmu_page, index: number, level: number) {
  if (level !== fault.goal_level || !kvm.ops.is_nx_huge_page_enabled(kvm)) return;
  const child = sp.child[index];
  if (!child) return;
  if (kvm.ops.keeps_region_small(child)) fault.goal_level--;
  else if (child.built !== 'plain') {
    warn(kvm, 'SEC', `a fault puts a huge leaf over the executable table at gfn ${child.gfn} (${fault.mmu})`);
  }
}

/** A guest access is retried until the page tables allow it. After this many faults it counts as never ending. */
const FAULTS_AT_MOST = 6;

/**
 * The level of the leaf with which the vCPU's TLB, or else the page tables, serve an access without a fault. In the
 * second case, the TLB is filled. 0 if nothing serves it.
 */
function translate(kvm: Kvm, mmu: Mmu, addr: number, access: number, vcpu: number): number {
  const hit = tlb_lookup(kvm, vcpu, mmu, addr, access);
  if (hit) return hit.level;
  const leaf = walk(kvm, mmu, addr);
  if (!leaf || (leaf.spte & access) !== access) return 0;
  tlb_fill(kvm, vcpu, mmu, addr, leaf.spte, leaf.level);
  return leaf.level;
}

/**
 * One guest access by one vCPU, from the TLB look-up to the last retry. Outside all slots it is emulated and not
 * mapped.
 */
export function guest_access(kvm: Kvm, mmu: Mmu, addr: number, kind: number, vcpu: number): Task | undefined {
  if (!kvm_run(kvm)) return undefined;
  load_roots(kvm, vcpu);
  enter_guest(kvm, mmu, vcpu);
  kvm.record.mapped_level = translate(kvm, mmu, addr, PRESENT | kind, vcpu);
  if (kvm.record.mapped_level > 0) {
    const gfn = gfn_that_stands(kvm, mmu, addr);
    if (!gfn_to_memslot(kvm, gfn, address_space(mmu))) warn_of_an_access_outside(kvm, mmu, gfn);
    return undefined;
  }
  if (is_nested(mmu) && finds_mmio_spte(kvm, mmu, addr)) {
    // handle_mmio_page_fault(): emulated. That goes by L1's tables, as every access does.
    walk_addr(kvm, mmu, addr, kind);
    return undefined;
  }
  const slot = gfn_to_memslot(kvm, gfn_of(kvm, mmu, addr), address_space(mmu));
  if (slot) return fault_until_mapped(kvm, slot, mmu, addr, kind, vcpu);
  if (kvm.ops.builds_tables_outside_slots) return fault_on_mmio(kvm, mmu, addr, kind);
  if (is_nested(mmu)) fault_outside_slots(kvm, mmu, addr, kind);
  return undefined;
}

const warn_of_an_access_outside = (kvm: Kvm, mmu: Mmu, gfn: number): void =>
  warn(kvm, 'OUTSIDE', `the access to gfn ${gfn} (${mmu}) succeeds, and no slot is there`);

function* fault_until_mapped(
  kvm: Kvm,
  slot: kvm_memory_slot,
  mmu: Mmu,
  addr: number,
  kind: number,
  vcpu: number,
): Task {
  const frame = kvm.running;
  srcu_read_lock(kvm);
  for (frame.faults = 0; frame.faults < FAULTS_AT_MOST; frame.faults++) {
    wait_for_attributes(kvm, gfn_of(kvm, mmu, addr));
    tlb_evict(kvm, vcpu, mmu, addr);
    kvm.record.faults++;
    frame.fault = new_fault(kvm, slot, mmu, addr, kind, false);
    if (is_page_fault_stale(kvm)) continue;
    // Only the shadow MMU's for L1 has a fast page fault here.
    if (is_nested(mmu) || kvm.tdp_mmu_enabled || !fast_page_fault(kvm, frame.fault)) yield* map_page(kvm, frame.fault);
    kvm.record.mapped_level = translate(kvm, mmu, addr, PRESENT | kind, vcpu);
    if (kvm.record.mapped_level > 0) break;
  }
  srcu_read_unlock(kvm);
  if (frame.faults >= FAULTS_AT_MOST) warn(kvm, 'LIVE', `the access to gfn ${addr} (${mmu}) faults for ever`);
}

/** The part of direct_page_fault() under mmu_lock: false if the fault is to be tried again. */
export function* map_page(kvm: Kvm, fault: Fault): Task<boolean> {
  if (is_nested(fault.mmu) || !kvm.tdp_mmu_enabled) {
    map_in_shadow_mmu(kvm, fault);
    return true;
  }
  read_lock(kvm);
  if (kvm.ops.tdp_faults_make_room) kvm.ops.make_mmu_pages_available(kvm);
  rcu_read_lock(kvm);
  const mapped = yield* kvm_tdp_mmu_map(kvm, fault);
  rcu_read_unlock(kvm);
  mmu_unlock(kvm);
  return mapped;
}

/** The same for a shadow MMU. */
function map_in_shadow_mmu(kvm: Kvm, fault: Fault): void {
  write_lock(kvm);
  kvm.ops.make_mmu_pages_available(kvm);
  check_limit(kvm);
  direct_map(kvm, fault);
  mmu_unlock(kvm);
}

/**
 * fast_page_fault(): if only write-protection prevents a write, the leaf becomes writable without mmu_lock, and no
 * neighbour is mapped. Does not apply to a huge leaf in a dirty-logged slot: that must be split. (What it does for the
 * TDP MMU, from 5.15 on, cannot be distinguished from a fault under mmu_lock.)
 */
function fast_page_fault(kvm: Kvm, { mmu, gfn, kind, slot }: Fault): boolean {
  const leaf = kind === WRITE ? walk(kvm, mmu, gfn) : null;
  if (!leaf || (leaf.level > PG_LEVEL_4K && slot.dirty_log)) return false;
  write_spte(kvm, leaf.sp, leaf.index, leaf.level, leaf.spte | WRITE);
  return true;
}

/** What faults outside all slots have for a slot. */
const NO_SLOT: kvm_memory_slot = begin_slot({
  id: -1,
  as_id: 0,
  base_gfn: -1,
  npages: 0,
  backing: '4k',
  broken: none_set(0),
});
/** is_noslot_pfn(): there is no memory to map, and the fault builds tables for an MMIO SPTE, which maps nothing. */
export const is_noslot = ({ slot }: Fault): boolean => slot.npages === 0;

/**
 * A fault outside all slots: an MMIO SPTE of 4K is made, and all tables above it. While it is there, the next access is
 * emulated without a fault of the page tables.
 */
function* fault_on_mmio(kvm: Kvm, mmu: Mmu, addr: number, kind: number): Task {
  srcu_read_lock(kvm);
  yield* map_mmio(kvm, mmu, addr, kind);
  srcu_read_unlock(kvm);
}

/** The same under srcu: kvm_handle_noslot_fault(), and what follows. */
export function* map_mmio(kvm: Kvm, mmu: Mmu, addr: number, kind: number): Task {
  const access = is_nested(mmu) ? walk_addr(kvm, mmu, addr, kind) : ACC_ALL;
  const gfn = gfn_of(kvm, mmu, addr);
  const table = table_with(kvm, mmu, addr, access);
  if (table && gfn_that_stands(kvm, mmu, addr) === gfn) {
    if (is_nested(mmu)) fault_in_table(kvm, table, addr, kvm.ops.drops_spte_for_mmio);
    return;
  }
  const huge_page_disallowed = kind === EXEC && kvm.ops.is_nx_huge_page_enabled(kvm);
  const [req_level, goal_level] = [PG_LEVEL_4K, PG_LEVEL_4K];
  const prefetch = false;
  const fault = { mmu, gfn, addr, slot: NO_SLOT, kind, access, huge_page_disallowed, prefetch, req_level, goal_level };
  kvm.running.fault = fault;
  yield* map_page(kvm, fault);
}

/** The table of 4K for this access, if all tables are there, and with its rights. */
function table_with(kvm: Kvm, mmu: Mmu, addr: number, access: number): kvm_mmu_page | null {
  let sp = kvm.roots[mmu];
  for (let level = ROOT_LEVEL; level > PG_LEVEL_4K; level--) {
    const index = spte_index(kvm.world.fan_out, addr, level);
    sp = sp?.child[index] ?? null;
    if (sp?.role.access !== access) return null;
    if (level === ROOT_LEVEL && sp.role.direct !== is_direct_below(kvm, mmu, index)) return null;
  }
  return sp;
}

/** Why an exec fault builds a table under an SPTE of `level`. */
export function built_for({ huge_page_disallowed, req_level }: Fault, level: number): Built {
  if (!huge_page_disallowed) return 'plain';
  return req_level >= level ? 'split' : 'exec';
}
