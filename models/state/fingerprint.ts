/** The fingerprint of the whole state of a machine. It is equal for states that are equal up to symmetry. */
import type { ArgValue, Command } from '../../harness/program/command';
import { is_noslot } from '../kernel/page_fault';
import { is_current_sp, standing_level } from '../kernel/sp';
import { spte_gfn } from '../kernel/spte';
import { target_of } from '../kernel/targets';
import type { Kvm, kvm_mmu_page, NxList, Operation } from '../kernel/types';
import type { View } from '../lockstep/session';
import type { Reference } from '../spec/reference';
import { MMUS, type Mmu, type Nested } from '../world/world';
import { note_divergences, note_reference } from './fingerprint_reference';
import {
  put_fault,
  put_kvm,
  put_list,
  put_list_pass,
  put_operation,
  put_pass_record,
  put_slot,
  put_sp,
  put_tlb_entry,
} from './generated/kernel';
import { put_reference, put_reference_slot } from './generated/reference';
import { add_to, begin, new_sums, put, put_any, put_sum, store, value } from './hash';
import { at_giga, at_leaf, at_region, clear_places, Kind, new_places, type Places, sum_up } from './places';

/**
 * The fingerprint of a state. Null if a list or a page table is corrupted: such states are never merged. Swapping the
 * vCPUs makes no difference.
 */
export function fingerprint_of(places: Places, view: View): number | null {
  note_caches(places, view);
  const [first, second] = places.caches;
  const may_swap = places.symmetry !== 'nothing' && places.geometry.world.vcpus === 2;
  // If only one vCPU has cached entries, it gets number 0. If both have, the smaller of the two fingerprints counts.
  const swap = may_swap && second === true && !first;
  const fingerprint = fingerprint_with_labels(places, view, swap);
  if (fingerprint === null || !may_swap || !first || !second) return fingerprint;
  return Math.min(fingerprint, fingerprint_with_labels(places, view, true) ?? fingerprint);
}

function fingerprint_with_labels(places: Places, view: View, swap: boolean): number | null {
  label_vcpus(places, swap);
  const beside = view.other === null ? 0 : fingerprint_of_other(places, view.other);
  return beside !== null && fill_places(places, view) ? fingerprint_of_machine(places, view, beside) : null;
}

/** The fingerprint of the other VM. It has only one region, so it needs no symmetry. */
function fingerprint_of_other(places: Places, other: View): number | null {
  places.beside ??= new_places(other.kvm.world, 'nothing', places.tlbs, places.holders);
  return fingerprint_of(places.beside, other);
}

function label_vcpus({ label, caches }: Places, swap: boolean): void {
  for (let vcpu = 0; vcpu < caches.length; vcpu++) label[vcpu] = swap ? 1 - vcpu : vcpu;
}

function note_caches(places: Places, { kvm, ref }: View): void {
  const { caches } = places;
  caches.fill(false);
  if (places.tlbs) for (const { vcpu } of kvm.tlb) caches[vcpu] = true;
  if (places.holders) {
    const held_by = kvm.root_holders | ref.root_holders | kvm.loaded_roots | kvm.obsolete_roots;
    for (let vcpu = 0; vcpu < caches.length; vcpu++) if ((held_by >> vcpu) & 1) caches[vcpu] = true;
  }
  if (kvm.vcpus_in_l2 !== 0) {
    for (let vcpu = 0; vcpu < caches.length; vcpu++) if ((kvm.vcpus_in_l2 >> vcpu) & 1) caches[vcpu] = true;
  }
  // A vCPU with a paused command is also different from any other.
  for (const { thread, vcpu } of kvm.paused) if (thread === 'vcpu') caches[vcpu] = true;
}

/** Fills the places with the state, without swapping vCPUs. Returns false if a list or a page table is corrupted. */
export function look_at_places(places: Places, view: View): boolean {
  note_caches(places, view);
  label_vcpus(places, false);
  return fill_places(places, view);
}

/** Some entry of L1's tables for its guests points elsewhere than at first, or what is mapped through it does. */
const is_remapped = ({ kvm, ref }: View): boolean =>
  (kvm.remapped.shadow | kvm.remapped.shadow2 | ref.remapped.shadow | ref.remapped.shadow2) !== 0 ||
  (ref.standing.shadow | ref.standing.shadow2) !== 0 ||
  kvm.sps.some(({ shadowed_translation }) => shadowed_translation !== 0);

/**
 * Whether 4K pages, and regions, differ by their order: where L1's entries say which 1G page is which; and a table that collapses in place becomes a huge page with the rights
 * of its first leaf. Where logs do not begin all dirty, that does not matter.
 */
export const is_ordered = (view: View): boolean =>
  (view.kvm.dirty_log_mode === 'initially_set' && view.ref.contract.collapses_in_place) || is_remapped(view);

function fill_places(places: Places, view: View): boolean {
  clear_places(places);
  places.ordered = is_ordered(view);
  if (!note_shadow_pages(places, view)) return false;
  if (places.tlbs) note_tlb(places, view.kvm);
  for (let nth = 0; nth < view.kvm.paused.length; nth++) note_operation(places, view.kvm, nth);
  // While any command is paused, the reference will adopt what is mapped later, so what it had before has no influence.
  note_gptes(places, view.kvm.gpte_clean, 0);
  note_attributes(places, view.kvm);
  if (view.quiescent) {
    note_reference(places, view.ref);
    note_gptes(places, view.ref.gpte_clean, 1);
    note_divergences(places, view);
  }
  sum_up(places, view.kvm.memslots);
  return true;
}

/** Covers the shadow pages that are linked or, if freed, still on a list. Returns false if anything is corrupted. */
function note_shadow_pages(places: Places, { kvm, audit }: View): boolean {
  const all = kvm.sps.slice();
  const ranks: number[] = new Array<number>(all.length).fill(0);
  for (let list = 0; list < audit.lists.length; list++) {
    const { length, pages } = audit.lists[list] as View['audit']['lists'][number];
    const head = (kvm.lists[list] as NxList).pages;
    if (length === null || (length === 0 && head.next !== head.prev)) return false;
    for (let position = 0; position < pages.length; position++) {
      const sp = pages[position] as kvm_mmu_page;
      let at = all.indexOf(sp);
      if (at < 0) at = all.push(sp) - 1;
      ranks[at] = list * 0x1_0000 + position + 1;
    }
  }
  if (places.tags.a.length < all.length) places.tags = new_sums(all.length * 2);
  let age = 0;
  let seniority = 0;
  for (let i = 0; i < all.length; i++) {
    const sp = all[i] as kvm_mmu_page;
    if (!sp.tdp_mmu_page && !sp.is_root && sp.age !== age) {
      age = sp.age;
      seniority++;
    }
    if (!tag(places, kvm, sp, i, ranks[i] ?? 0, seniority)) return false;
  }
  for (let i = 0; i < all.length; i++) if (!note_entries(places, all, i)) return false;
  return true;
}

/** Hashes a shadow page without its place and entries. Returns false if its list links or parents are inconsistent. */
function tag({ tags }: Places, kvm: Kvm, sp: kvm_mmu_page, at: number, rank: number, seniority: number): boolean {
  const link = sp.possible_nx_huge_page_link;
  if (rank === 0 ? link.next !== link || link.prev !== link : link.prev?.next !== link) return false;
  begin(Kind.Tag);
  put_sp(sp);
  put(sp.is_root ? MMUS.findIndex((mmu) => kvm.roots[mmu] === sp) : -1);
  put(standing_level(sp) | (Number(sp.mmu_valid_gen === kvm.mmu_valid_gen) << 2));
  put(rank);
  put(sp.tdp_mmu_page || sp.is_root ? 0 : seniority);
  for (const { sp: parent, index } of sp.parent_ptes) {
    if (parent.child[index] !== sp) return false;
    put(Number(parent.is_root));
  }
  // While a command is paused, two tables may be in one place.
  if (kvm.paused.length > 0) put(Number(is_current_sp(kvm, sp)));
  for (const { older_than, pass } of kvm.paused) {
    if (older_than > 0) put(Number(sp.id < older_than));
    if (pass !== null) put(Number(target_of(pass, sp) !== null));
  }
  store(tags, at);
  return true;
}

function note_entries(places: Places, all: readonly kvm_mmu_page[], at: number): boolean {
  const sp = all[at] as kvm_mmu_page;
  const { fan_out } = places.geometry.world;
  const region = sp.gfn / fan_out;
  // A page that is not linked counts at the place in its role, if that is possible.
  const linked = sp.parent_ptes.length > 0;
  const level = sp.is_root ? 3 : linked ? standing_level(sp) : region % fan_out === 0 ? sp.role.level : 1;
  if (level > 3 || (level === 2 && region % fan_out !== 0)) return false;
  begin(Kind.Table);
  put_sum(places.tags, at);
  if (level === 2) at_giga(places, region / fan_out);
  else if (level === 1) at_region(places, region);
  else add_to(places.slots, 0);
  for (let index = 0; index < sp.spt.length; index++) {
    const child = sp.child[index] ?? null;
    const spte = sp.spt[index] as number;
    if (spte === 0 && child === null) continue;
    const below = child === null ? -1 : all.indexOf(child);
    if (child !== null && (below < 0 || level === 1)) return false;
    begin(Kind.Leaf);
    put_sum(places.tags, at);
    put(spte);
    if (below >= 0) put_sum(places.tags, below);
    at_leaf(places, level, spte_gfn(fan_out, sp, level, index));
  }
  return true;
}

function note_tlb(places: Places, { tlb }: Kvm): void {
  for (const entry of tlb) {
    begin(Kind.Tlb);
    put(places.label[entry.vcpu] ?? entry.vcpu);
    put_tlb_entry(entry);
    at_leaf(places, entry.level, entry.gfn);
  }
}

/** The private pages. */
function note_attributes(places: Places, { mem_attr_array }: Kvm): void {
  for (let i = 0; i < mem_attr_array.length; i++) {
    begin(Kind.Private);
    at_leaf(places, 1, mem_attr_array[i] as number);
  }
}

/** Arguments that are places: they are covered where the operation works on them. */
const PLACES = ['page', 'offset'];

/** The rest of a paused command follows from its arguments (slot, ratio). */
function put_command({ name, args }: Command): void {
  const others = Object.keys(args).filter((key) => !PLACES.includes(key));
  for (const word of [name, ...others.map((key) => args[key] as ArgValue)]) {
    if (typeof word === 'number') put_any(word);
    else for (let i = 0; i < word.length; i++) put(word.charCodeAt(i));
  }
}

/** Hashes the state of a paused operation: its frame, its locks, and the record by which its pass will be judged. */
function note_operation(places: Places, kvm: Kvm, nth: number): void {
  const operation = kvm.paused[nth] as Operation;
  const { thread, vcpu, command, pass, fault, sp, list, invalid_list } = operation;
  begin(Kind.Operation);
  put(nth);
  put_operation(operation);
  if (thread === 'vcpu') put(places.label[vcpu] ?? vcpu);
  else if (command) put_command(command);
  put(invalid_list.length);
  put(Number(list !== null) | (Number(pass !== null) << 1) | (Number(fault !== null) << 2));
  if (list) {
    put_list_pass(list);
    put(list.taken.length);
  }
  if (pass) {
    put_pass_record(pass);
    put(pass.lists.length);
    put(pass.unflushed.length);
  }
  if (sp) put_sum(places.tags, Math.max(0, kvm.sps.indexOf(sp)));
  put(sp ? (Number(sp.parent_ptes.length > 0) << 1) | Number(kvm.sps.includes(sp)) : 4);
  if (fault) {
    put_fault(fault);
    put(Number(is_noslot(fault)));
    at_leaf(places, 1, fault.gfn);
  } else if (operation.at === 'srcu_entered') {
    put(MMUS.indexOf(command?.args['mmu'] as Mmu));
    at_leaf(places, 1, page_of(places, command));
  } else if (operation.mmu_invalidate_range_end > 0) at_leaf(places, 1, page_of(places, command));
  else if (sp && !sp.is_root) at_region(places, Math.floor(sp.gfn / places.geometry.world.fan_out));
  else add_to(places.slots, 0);
}

/** The 4K page of a command. */
const page_of = ({ geometry }: Places, command: Command | null): number =>
  Number(command?.args['page']) * geometry.world.fan_out + Number(command?.args['offset']);

/** The entries of nested guests' hypervisors that are not dirty. */
function note_gptes(places: Places, { shadow, shadow2 }: Record<Nested, readonly boolean[]>, side: number): void {
  for (let giga = 0; giga < shadow.length; giga++) {
    if (!shadow[giga] && !shadow2[giga]) continue;
    begin(Kind.Clean);
    put(side | (Number(shadow[giga]) << 1) | (Number(shadow2[giga]) << 2));
    at_giga(places, giga);
  }
}

/** The bits of vCPUs by their numbers after the permutation. */
function by_label({ label, caches }: Places, bits: number): number {
  let labelled = 0;
  for (let vcpu = 0; vcpu < caches.length; vcpu++) labelled |= ((bits >> vcpu) & 1) << (label[vcpu] ?? vcpu);
  return labelled;
}

/** Hashes the state without a place, then the places. Leaves out what only reports read: ids, flushes, the record. */
function fingerprint_of_machine(places: Places, { quiescent, kvm, ref }: View, beside: number): number {
  begin(Kind.Machine);
  put_any(beside);
  for (let slot = 0; slot < kvm.memslots.length; slot++) {
    put_slot(kvm.memslots[slot] as Kvm['memslots'][number]);
    put_reference_slot(ref.slots[slot] as Reference['slots'][number]);
    put_sum(places.slots, slot);
    const { invalid_gfn } = kvm.memslots[slot] as Kvm['memslots'][number];
    if (invalid_gfn >= 0) put(invalid_gfn);
  }
  put_kvm(kvm);
  // While a command is paused, the reference will adopt who has loaded the roots.
  if (places.holders) {
    put(by_label(places, kvm.root_holders) | (by_label(places, quiescent ? ref.root_holders : 0) << 8));
    put(by_label(places, kvm.loaded_roots) | (by_label(places, kvm.obsolete_roots) << 8));
  }
  put(by_label(places, kvm.vcpus_in_l2));
  put(Number(quiescent));
  put_reference(ref);
  put_any(kvm.now - ref.now);
  for (const list of kvm.lists) {
    put(Number(list.pages.next === null));
    put_list(list);
  }
  return value();
}
