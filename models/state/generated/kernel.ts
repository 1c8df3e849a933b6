/** Made by `npm run layouts` from the tables of state (docs/state.md): not to be changed by hand. */
import type { Fault, Kvm, kvm_memory_slot, kvm_mmu_page, ListPass, NxList, Operation, PassRecord, TlbEntry } from '../../kernel/types';
import { put, put_any } from '../hash';
import { same_items } from '../../world/repeat';

export function copy_kvm(from: Kvm, to: Kvm): void {
  to.next_id = from.next_id;
  to.now = from.now;
  to.worker.alive = from.worker.alive;
  to.worker.once_done = from.worker.once_done;
  to.worker.killed = from.worker.killed;
  to.worker.last = from.worker.last;
  to.worker.sleeps_until = from.worker.sleeps_until;
  to.signal_pending = from.signal_pending;
  to.params.nx_huge_pages = from.params.nx_huge_pages;
  to.params.recovery_ratio = from.params.recovery_ratio;
  to.params.recovery_period_ms = from.params.recovery_period_ms;
  to.params.nx_hugepage_mitigation_hard_disabled = from.params.nx_hugepage_mitigation_hard_disabled;
  to.params.kvm_total_used_mmu_pages = from.params.kvm_total_used_mmu_pages;
  to.mmu_valid_gen = from.mmu_valid_gen;
  to.running.held = from.running.held;
  to.running.tlb_suspect = from.running.tlb_suspect;
  to.to_be_freed = from.to_be_freed;
  to.disable_nx_huge_pages = from.disable_nx_huge_pages;
  to.slot_zap_all = from.slot_zap_all;
  to.dirty_log_mode = from.dirty_log_mode;
  to.n_max_mmu_pages = from.n_max_mmu_pages;
  to.n_used_mmu_pages = from.n_used_mmu_pages;
  to.tdp_mmu_pages = from.tdp_mmu_pages;
  to.root_holders = from.root_holders;
  to.vcpus_in_l2 = from.vcpus_in_l2;
  to.loaded_roots = from.loaded_roots;
  to.obsolete_roots = from.obsolete_roots;
  to.mmu_invalidate_seq = from.mmu_invalidate_seq;
  to.stat.nx_lpage_splits = from.stat.nx_lpage_splits;
  to.stat.pages[0] = from.stat.pages[0];
  to.stat.pages[1] = from.stat.pages[1];
  to.stat.pages[2] = from.stat.pages[2];
  to.stat.remote_tlb_flush_requests = from.stat.remote_tlb_flush_requests;
  if (to.gpte_clean.shadow !== from.gpte_clean.shadow) to.gpte_clean.shadow = from.gpte_clean.shadow;
  if (to.gpte_clean.shadow2 !== from.gpte_clean.shadow2) to.gpte_clean.shadow2 = from.gpte_clean.shadow2;
  to.remapped.shadow = from.remapped.shadow;
  to.remapped.shadow2 = from.remapped.shadow2;
  if (to.mem_attr_array !== from.mem_attr_array) to.mem_attr_array = from.mem_attr_array;
  for (let i = 0; i < from.memslots.length; i++) copy_slot(from.memslots[i] as kvm_memory_slot, to.memslots[i] as kvm_memory_slot);
  for (let i = 0; i < from.lists.length; i++) copy_list(from.lists[i] as NxList, to.lists[i] as NxList);
}

export function same_kvm(one: Kvm, other: Kvm): boolean {
  if (one.next_id !== other.next_id) return false;
  if (one.now !== other.now) return false;
  if (one.worker.alive !== other.worker.alive) return false;
  if (one.worker.once_done !== other.worker.once_done) return false;
  if (one.worker.killed !== other.worker.killed) return false;
  if (one.worker.last !== other.worker.last) return false;
  if (one.worker.sleeps_until !== other.worker.sleeps_until) return false;
  if (one.signal_pending !== other.signal_pending) return false;
  if (one.params.nx_huge_pages !== other.params.nx_huge_pages) return false;
  if (one.params.recovery_ratio !== other.params.recovery_ratio) return false;
  if (one.params.recovery_period_ms !== other.params.recovery_period_ms) return false;
  if (one.params.nx_hugepage_mitigation_hard_disabled !== other.params.nx_hugepage_mitigation_hard_disabled) return false;
  if (one.params.kvm_total_used_mmu_pages !== other.params.kvm_total_used_mmu_pages) return false;
  if (one.mmu_valid_gen !== other.mmu_valid_gen) return false;
  if (one.running.held !== other.running.held) return false;
  if (one.running.tlb_suspect !== other.running.tlb_suspect) return false;
  if (one.disable_nx_huge_pages !== other.disable_nx_huge_pages) return false;
  if (one.slot_zap_all !== other.slot_zap_all) return false;
  if (one.dirty_log_mode !== other.dirty_log_mode) return false;
  if (one.n_max_mmu_pages !== other.n_max_mmu_pages) return false;
  if (one.n_used_mmu_pages !== other.n_used_mmu_pages) return false;
  if (one.tdp_mmu_pages !== other.tdp_mmu_pages) return false;
  if (one.root_holders !== other.root_holders) return false;
  if (one.vcpus_in_l2 !== other.vcpus_in_l2) return false;
  if (one.loaded_roots !== other.loaded_roots) return false;
  if (one.obsolete_roots !== other.obsolete_roots) return false;
  if (one.mmu_invalidate_seq !== other.mmu_invalidate_seq) return false;
  if (one.stat.nx_lpage_splits !== other.stat.nx_lpage_splits) return false;
  if (one.stat.pages[0] !== other.stat.pages[0]) return false;
  if (one.stat.pages[1] !== other.stat.pages[1]) return false;
  if (one.stat.pages[2] !== other.stat.pages[2]) return false;
  if (!same_items(one.gpte_clean.shadow, other.gpte_clean.shadow)) return false;
  if (!same_items(one.gpte_clean.shadow2, other.gpte_clean.shadow2)) return false;
  if (one.remapped.shadow !== other.remapped.shadow) return false;
  if (one.remapped.shadow2 !== other.remapped.shadow2) return false;
  if (!same_items(one.mem_attr_array, other.mem_attr_array)) return false;
  for (let i = 0; i < one.memslots.length; i++) if (!same_slot(one.memslots[i] as kvm_memory_slot, other.memslots[i] as kvm_memory_slot)) return false;
  for (let i = 0; i < one.lists.length; i++) if (!same_list(one.lists[i] as NxList, other.lists[i] as NxList)) return false;
  return true;
}

export function put_kvm(of: Kvm): void {
  put(Number(of.worker.alive) | (Number(of.worker.once_done) << 1) | (Number(of.worker.killed) << 2) | (Number(of.signal_pending) << 3) | (Number(of.params.nx_huge_pages) << 4) | (Number(of.params.nx_hugepage_mitigation_hard_disabled) << 5) | (of.running.held << 6) | (Number(of.running.tlb_suspect) << 12) | (Number(of.disable_nx_huge_pages) << 13) | (Number(of.slot_zap_all) << 14) | ((of.dirty_log_mode === "plain" ? 0 : of.dirty_log_mode === "manual" ? 1 : 2) << 15) | (of.mmu_invalidate_seq << 17));
  put_any(of.worker.last - of.now);
  put_any(of.worker.sleeps_until - of.now);
  put_any(of.params.recovery_ratio);
  put_any(of.params.recovery_period_ms);
  put_any(of.params.kvm_total_used_mmu_pages);
  put(of.n_max_mmu_pages);
  put_any(of.n_used_mmu_pages);
  put_any(of.tdp_mmu_pages);
  put_any(of.stat.nx_lpage_splits);
  put_any(of.stat.pages[0]);
  put_any(of.stat.pages[1]);
  put_any(of.stat.pages[2]);
  put(of.remapped.shadow);
  put(of.remapped.shadow2);
}

export function copy_slot(from: kvm_memory_slot, to: kvm_memory_slot): void {
  to.base_gfn = from.base_gfn;
  to.backing = from.backing;
  to.dirty_log = from.dirty_log;
  to.invalid_gfn = from.invalid_gfn;
  if (to.broken !== from.broken) to.broken = from.broken;
}

export function same_slot(one: kvm_memory_slot, other: kvm_memory_slot): boolean {
  if (one.base_gfn !== other.base_gfn) return false;
  if (one.backing !== other.backing) return false;
  if (one.dirty_log !== other.dirty_log) return false;
  if (one.invalid_gfn !== other.invalid_gfn) return false;
  if (!same_items(one.broken, other.broken)) return false;
  return true;
}

export function put_slot(of: kvm_memory_slot): void {
  put((of.backing === "4k" ? 0 : of.backing === "2m" ? 1 : 2) | (Number(of.dirty_log) << 2));
  put(of.base_gfn);
}

export function copy_list(from: NxList, to: NxList): void {
  to.nr_pages = from.nr_pages;
}

export function same_list(one: NxList, other: NxList): boolean {
  if (one.nr_pages !== other.nr_pages) return false;
  return true;
}

export function put_list(of: NxList): void {
  put_any(of.nr_pages);
}

export function copy_sp(from: kvm_mmu_page, to: kvm_mmu_page): void {
  to.id = from.id;
  if (to.role !== from.role) to.role = from.role;
  to.age = from.age;
  to.tdp_mmu_page = from.tdp_mmu_page;
  to.is_root = from.is_root;
  to.gfn = from.gfn;
  to.nx_huge_page_disallowed = from.nx_huge_page_disallowed;
  to.built = from.built;
  to.write_flooding_count = from.write_flooding_count;
  to.shadowed_translation = from.shadowed_translation;
  to.mmu_valid_gen = from.mmu_valid_gen;
  to.freed = from.freed;
}

export function same_sp(one: kvm_mmu_page, other: kvm_mmu_page): boolean {
  if (one.id !== other.id) return false;
  if (one.role !== other.role) return false;
  if (one.age !== other.age) return false;
  if (one.tdp_mmu_page !== other.tdp_mmu_page) return false;
  if (one.is_root !== other.is_root) return false;
  if (one.gfn !== other.gfn) return false;
  if (one.nx_huge_page_disallowed !== other.nx_huge_page_disallowed) return false;
  if (one.built !== other.built) return false;
  if (one.write_flooding_count !== other.write_flooding_count) return false;
  if (one.shadowed_translation !== other.shadowed_translation) return false;
  if (one.mmu_valid_gen !== other.mmu_valid_gen) return false;
  if (one.freed !== other.freed) return false;
  return true;
}

export function put_sp(of: kvm_mmu_page): void {
  put(Number(of.role.direct) | (Number(of.role.guest_mode) << 1) | (Number(of.role.smm) << 2) | (of.role.access << 3) | (Number(of.tdp_mmu_page) << 7) | (Number(of.is_root) << 8) | (Number(of.nx_huge_page_disallowed) << 9) | ((of.built === "plain" ? 0 : of.built === "exec" ? 1 : 2) << 10) | (Number(of.freed) << 12));
  put(of.role.level);
  put(of.write_flooding_count);
  put(of.shadowed_translation);
}

export function put_operation(of: Operation): void {
  put((of.thread === "vcpu" ? 0 : of.thread === "worker" ? 1 : of.thread === "memslots" ? 2 : of.thread === "notifier" ? 3 : 4) | ((of.at === null ? 0 : of.at === "need_resched" ? 1 : of.at === "lock_dropped" ? 2 : of.at === "spte_published" ? 3 : of.at === "page_taken" ? 4 : of.at === "slots_swapped" ? 5 : 6) << 3) | (of.level << 6) | (Number(of.flush) << 8) | (Number(of.zapped) << 9) | (of.held << 10) | (Number(of.tlb_suspect) << 16));
  put(of.faults);
  put_any(Number(of.left));
}

export function put_fault(of: Fault): void {
  put((of.mmu === "tdp" ? 0 : of.mmu === "shadow" ? 1 : of.mmu === "smm" ? 2 : 3) | (of.kind << 2) | (Number(of.prefetch) << 5) | (of.req_level << 6) | (of.goal_level << 8));
}

export function put_list_pass(of: ListPass): void {
  put(of.list);
  put(of.ratio);
  put_any(Number(of.to_zap));
  put(of.listed);
}

export function put_pass_record(of: PassRecord): void {
  put(Number(of.direct));
  put(of.asked);
  put(of.flushes);
  put(of.zaps);
}

export function put_tlb_entry(of: TlbEntry): void {
  put((of.mmu === "tdp" ? 0 : of.mmu === "shadow" ? 1 : of.mmu === "smm" ? 2 : 3) | (of.level << 2) | (of.access << 5));
}
