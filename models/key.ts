/** A number for everything a machine remembers, equal for states that differ only in places that are like each other. */
import { type Geometry, geometry_of } from './geometry';
import { add_to, begin, clear, is_empty, new_sums, put, put_any, put_sum, type Sums, store, value } from './hash';
import { standing_level } from './kernel/nx_huge_pages';
import type { Kvm, kvm_mmu_page } from './kernel/types';
import type { Reference } from './reference';
import type { View } from './session';
import { BACKINGS, MMUS, pages_1g, type World } from './world';

const { floor } = Math;

/** What a hash is about: no two kinds of thing may be taken for each other. */
enum Kind {
  Tag = 1,
  Leaf,
  Table,
  Tlb,
  RefTable,
  RefLeaf,
  Disputed,
  Below,
  Loose,
  Cell,
  Block,
  Machine,
}

/** What is taken for each other where it is like each other: regions (with all that is in them), only small pages, … */
export type Alike = 'regions' | 'small pages' | 'nothing';

/** What each place holds, summed up; filled anew for each state. Small pages, groups of them, regions, 1G pages, … */
export interface Places {
  readonly geometry: Geometry;
  readonly alike: Alike;
  /** What vCPUs have cached counts, too. */
  readonly tlbs: boolean;
  readonly small: Sums;
  /** Small pages that the shadow MMU's prefetch maps together. */
  readonly groups: Sums;
  readonly pages: Sums;
  readonly gigas: Sums;
  /** By slot, `cells_per_slot` each. */
  readonly cells: Sums;
  readonly blocks: Sums;
  readonly slots: Sums;
  readonly cells_per_slot: number;
  /** By vCPU: whether it has anything cached, and the number it goes by in the hash. */
  readonly caches: boolean[];
  readonly label: number[];
  /** What each shadow page is, but for its place and its entries. */
  tags: Sums;
}

export function new_places(world: World, alike: Alike, tlbs: boolean): Places {
  const geometry = geometry_of(world, pages_1g(world));
  const cells_per_slot = Math.max(...world.slots.map(({ regions }) => regions));
  return {
    geometry,
    alike,
    tlbs,
    small: new_sums(geometry.pages * world.fan_out),
    groups: new_sums(geometry.pages * groups_in(world)),
    pages: new_sums(geometry.pages),
    gigas: new_sums(geometry.gigas),
    cells: new_sums(world.slots.length * cells_per_slot),
    blocks: new_sums(world.slots.length * cells_per_slot),
    slots: new_sums(world.slots.length),
    cells_per_slot,
    caches: new Array<boolean>(world.vcpus).fill(false),
    label: [],
    tags: new_sums(64),
  };
}

export const groups_in = ({ fan_out, prefetch }: World): number => Math.ceil(fan_out / prefetch);

/**
 * The state's number; null where it cannot be given one, because a list or a page table is corrupted: such states are
 * never taken for each other. vCPUs that change places make no difference.
 */
export function state_key(places: Places, view: View): number | null {
  note_caches(places, view.kvm);
  const both = places.caches[0] === true && places.caches[1] === true;
  places.label[0] = 0;
  places.label[1] = 1;
  const exact = places.alike === 'nothing';
  if (exact || places.geometry.world.vcpus !== 2 || both || !places.caches[1]) {
    if (!fill_places(places, view)) return null;
    const key = machine_key(places, view);
    if (exact || !both) return key;
    swap_labels(places);
    fill_places(places, view);
    return Math.min(key, machine_key(places, view));
  }
  swap_labels(places);
  return fill_places(places, view) ? machine_key(places, view) : null;
}

function swap_labels({ label }: Places): void {
  label[0] = 1;
  label[1] = 0;
}

/**
 * What a vCPU has cached changes nothing while the page tables grant it all, but for claims about TLBs themselves.
 * `tlb_suspect` says that they do not.
 */
export const tlbs_count = ({ tlbs }: Places, { tlb_suspect }: Kvm): boolean => tlbs || tlb_suspect;

function note_caches(places: Places, kvm: Kvm): void {
  const { caches } = places;
  caches.fill(false);
  if (!tlbs_count(places, kvm)) return;
  for (const { vcpu } of kvm.tlb) caches[vcpu] = true;
}

/** Fills the places with what is there, vCPUs as they are numbered. False if something is corrupted. */
export function look_at_places(places: Places, view: View): boolean {
  note_caches(places, view.kvm);
  for (let vcpu = 0; vcpu < places.caches.length; vcpu++) places.label[vcpu] = vcpu;
  return fill_places(places, view);
}

function fill_places(places: Places, view: View): boolean {
  for (const sums of [places.small, places.groups, places.pages, places.gigas, places.blocks, places.slots])
    clear(sums);
  if (!note_shadow_pages(places, view)) return false;
  if (tlbs_count(places, view.kvm)) note_tlb(places, view.kvm);
  note_reference(places, view.ref);
  note_disputes(places, view);
  sum_up(places, view.kvm);
  return true;
}

function at_small(places: Places, gfn: number): void {
  if (places.alike === 'nothing') put(gfn);
  add_to(places.small, gfn);
}

function at_page(places: Places, page: number): void {
  if (places.alike !== 'regions') put(page);
  add_to(places.pages, page);
}

function at_giga(places: Places, giga: number): void {
  if (places.alike !== 'regions') put(giga);
  add_to(places.gigas, giga);
}

/** Shadow pages that are linked somewhere, or were freed and are on a list still. */
function note_shadow_pages(places: Places, { kvm, audit }: View): boolean {
  const all = kvm.sps.slice();
  const ranks: number[] = new Array<number>(all.length).fill(0);
  for (let book = 0; book < audit.lists.length; book++) {
    const { length, pages } = audit.lists[book] as View['audit']['lists'][number];
    if (length === null) return false;
    for (let position = 0; position < pages.length; position++) {
      const sp = pages[position] as kvm_mmu_page;
      let at = all.indexOf(sp);
      if (at < 0) at = all.push(sp) - 1;
      ranks[at] = book * 0x1_0000 + position + 1;
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
  for (let i = 0; i < all.length; i++) if (!note_entries(places, kvm, all, i)) return false;
  return true;
}

/** What a shadow page is, but for its place and its entries. False if its list or its parents are out of order. */
function tag({ tags }: Places, kvm: Kvm, sp: kvm_mmu_page, at: number, rank: number, seniority: number): boolean {
  const link = sp.possible_nx_huge_page_link;
  if (rank === 0 && (link.next !== link || link.prev !== link)) return false;
  begin(Kind.Tag);
  put(Number(sp.role.guest_mode) | (Number(sp.tdp_mmu_page) << 1) | (Number(sp.role.direct) << 2));
  put(Number(sp.nx_huge_page_disallowed) | (Number(sp.freed) << 1) | (Number(sp.is_root) << 2));
  put(Number(kvm.roots.tdp === sp) | (Number(kvm.roots.shadow === sp) << 1));
  put(sp.role.level);
  put(standing_level(kvm, sp));
  put(rank);
  put(sp.tdp_mmu_page || sp.is_root ? 0 : seniority);
  for (const { sp: parent, index } of sp.parent_ptes) {
    if (parent.child[index] !== sp) return false;
    put(Number(parent.is_root));
  }
  store(tags, at);
  return true;
}

function note_entries(places: Places, kvm: Kvm, all: readonly kvm_mmu_page[], at: number): boolean {
  const sp = all[at] as kvm_mmu_page;
  const { fan_out } = places.geometry.world;
  const page = sp.gfn / fan_out;
  // A page that is linked nowhere stands where its role says, if that is possible there.
  const linked = sp.parent_ptes.length > 0;
  const level = sp.is_root ? 3 : linked ? standing_level(kvm, sp) : page % fan_out === 0 ? sp.role.level : 1;
  if (level > 3 || (level === 2 && page % fan_out !== 0)) return false;
  begin(Kind.Table);
  put_sum(places.tags, at);
  if (level === 2) at_giga(places, page / fan_out);
  else if (level === 1) at_page(places, page);
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
    if (level === 1) at_small(places, sp.gfn + index);
    else if (level === 2) at_page(places, page + index);
    else at_giga(places, index);
  }
  return true;
}

function note_tlb(places: Places, { tlb }: Kvm): void {
  const { fan_out } = places.geometry.world;
  for (const { vcpu, mmu, level, access, gfn } of tlb) {
    begin(Kind.Tlb);
    put(places.label[vcpu] ?? vcpu);
    put(Number(mmu === 'shadow') | (level << 1) | (access << 4));
    if (level === 1) at_small(places, gfn);
    else if (level === 2) at_page(places, gfn / fan_out);
    else at_giga(places, gfn / fan_out / fan_out);
  }
}

const BUILT = ['plain', 'exec', 'split'];

function note_reference(places: Places, ref: Reference): void {
  const { fan_out } = places.geometry.world;
  for (const { mmu, level, page, built, linked, small } of ref.tables) {
    begin(Kind.RefTable);
    put(Number(mmu === 'shadow') | (Number(linked) << 1) | (BUILT.indexOf(built) << 2));
    if (level === 2) at_giga(places, page / fan_out);
    else at_page(places, page);
    for (let offset = 0; offset < small.length; offset++) {
      if (small[offset]) note_ref_leaf(places, mmu, 1, page * fan_out + offset);
    }
  }
  for (const mmu of MMUS) {
    const { huge2m, huge1g } = ref.views[mmu];
    for (let page = 0; page < huge2m.length; page++) if (huge2m[page]) note_ref_leaf(places, mmu, 2, page);
    for (let giga = 0; giga < huge1g.length; giga++) if (huge1g[giga]) note_ref_leaf(places, mmu, 3, giga);
  }
}

function note_ref_leaf(places: Places, mmu: (typeof MMUS)[number], level: number, at: number): void {
  begin(Kind.RefLeaf);
  put(Number(mmu === 'shadow') | (level << 1));
  if (level === 1) at_small(places, at);
  else if (level === 2) at_page(places, at);
  else at_giga(places, at);
}

function note_disputes(places: Places, { dispute }: View): void {
  for (const place of dispute.places) {
    begin(Kind.Disputed);
    put(place & 3);
    if ((place & 2) === 0) at_page(places, place >> 2);
    else at_giga(places, (place >> 2) / places.geometry.world.fan_out);
  }
}

/** From small pages up to slots: what is alike is added up, so that it makes no difference which is which. */
function sum_up(places: Places, kvm: Kvm): void {
  const { geometry, small, groups, pages, gigas, cells, blocks, slots } = places;
  const { fan_out, prefetch } = geometry.world;
  const per_page = groups_in(geometry.world);
  for (let gfn = 0; gfn < geometry.pages * fan_out; gfn++) {
    if (is_empty(small, gfn)) continue;
    const page = floor(gfn / fan_out);
    add_below(small, gfn, groups, page * per_page + floor((gfn % fan_out) / prefetch));
  }
  for (let group = 0; group < geometry.pages * per_page; group++) {
    if (!is_empty(groups, group)) add_below(groups, group, pages, floor(group / per_page));
  }
  for (let slot = 0; slot < geometry.slots.length; slot++) {
    const of_slot = geometry.slots[slot] as Geometry['slots'][number];
    const first = slot * places.cells_per_slot;
    for (let nth = 0; nth < of_slot.length; nth++) {
      const block = of_slot[nth] as Geometry['slots'][number][number];
      for (const { region, home, away } of block.cells) {
        begin(Kind.Cell);
        if (places.alike !== 'regions') put(region);
        put(Number(kvm.memslots[slot]?.broken[region]));
        put_sum(pages, home);
        put_sum(pages, away);
        store(cells, first + region);
        add_below(cells, first + region, blocks, first + nth);
      }
      begin(Kind.Block);
      put_sum(blocks, first + nth);
      for (const giga of block.gigas) put_sum(gigas, giga);
      store(blocks, first + nth);
      begin(Kind.Below);
      put_sum(blocks, first + nth);
      if (!block.whole || places.alike !== 'regions') put(nth + 1);
      add_to(slots, slot);
    }
  }
  for (const page of geometry.loose) add_loose(places, pages, page);
  for (const giga of geometry.loose_gigas) add_loose(places, gigas, giga);
}

/** Places in no slot are all different. */
function add_loose({ slots }: Places, from: Sums, at: number): void {
  begin(Kind.Loose);
  put(at);
  put_sum(from, at);
  add_to(slots, 0);
}

function add_below(from: Sums, at: number, to: Sums, above: number): void {
  begin(Kind.Below);
  put_sum(from, at);
  add_to(to, above);
}

/** Everything that has no place, and the places. What only reports read is left out: ids, flushes, the record. */
function machine_key(places: Places, { kvm, ref }: View): number {
  begin(Kind.Machine);
  for (let slot = 0; slot < kvm.memslots.length; slot++) {
    const real = kvm.memslots[slot] as Kvm['memslots'][number];
    const wanted = ref.slots[slot] as Reference['slots'][number];
    put(real.base_gfn);
    put(wanted.page ?? -1);
    put(Number(real.dirty_log) | (Number(wanted.dirty_log) << 1) | (BACKINGS.indexOf(real.backing) << 2));
    put(BACKINGS.indexOf(wanted.backing));
    put_sum(places.slots, slot);
  }
  put(Number(kvm.params.nx_huge_pages) | (Number(ref.nx) << 1) | (Number(kvm.tlb_suspect) << 2));
  put(kvm.mmu_lock | (Number(kvm.tdp_mmu_pages_lock) << 2));
  for (const amount of [kvm.params.recovery_ratio, ref.ratio, kvm.params.recovery_period_ms, ref.period_ms]) {
    put_any(amount);
  }
  // Only how far moments are apart matters: nothing depends on how late it is.
  put_any(kvm.now - ref.now);
  put_any(kvm.now - kvm.worker.last);
  put_any(kvm.worker.sleeps_until - kvm.now);
  put_any(ref.now - ref.last_pass);
  put_any(kvm.stat.nx_lpage_splits);
  for (const pages of kvm.stat.pages) put_any(pages);
  for (const { pages, nr_pages } of kvm.books) {
    put(Number(pages.next === null));
    put_any(nr_pages);
  }
  return value();
}
