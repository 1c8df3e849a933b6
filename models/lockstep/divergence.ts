import { standing_level, tree_of } from '../kernel/sp';
import type { Kvm, kvm_mmu_page } from '../kernel/types';
import type { Reference } from '../spec/reference';
import { type Place, remove_tables } from '../spec/tables';
import { view_of } from '../spec/views';
import { TREES } from '../world/world';
import type { Divergence } from './view';

export type { Divergence } from './view';

export const no_divergence = (): Divergence => {
  return { places: new Set(), compared: { pages: 0, pages_ever: 0, tables: 0, tables_ever: 0 } };
};

/** Makes `to` a copy of `from`. */
export function copy_divergence(from: Divergence, to: Divergence): void {
  if (to.places.size > 0) to.places.clear();
  if (from.places.size > 0) for (const place of from.places) to.places.add(place);
  to.compared.pages = from.compared.pages;
  to.compared.pages_ever = from.compared.pages_ever;
  to.compared.tables = from.compared.tables;
  to.compared.tables_ever = from.compared.tables_ever;
}

export function same_divergence({ places: one }: Divergence, { places: other }: Divergence): boolean {
  if (one.size !== other.size) return false;
  if (one.size > 0) for (const place of one) if (!other.has(place)) return false;
  return true;
}

/** A number for a place. `above`: the place of the 2M-level table above that of a table of 4K pages. */
const key = ({ mmu, level, region }: Place): number => region * 16 + (level - 1) * 8 + TREES.indexOf(mmu);
/** Whether this is the place of a table of 4K pages. */
export const is_small = (place: number): boolean => (place & 8) === 0;
/** The first region that the table maps. */
export const region_of = (place: number): number => place >> 4;
/** Level and tree of a place: everything but its region. */
export const kind_of = (place: number): number => place & 15;

const [SHADOW, CLEAN] = [TREES.indexOf('shadow'), TREES.indexOf('shadow_clean')];

/** The same place in a nested guest's other tree. The table there decides how a fault continues here. */
const twin = (place: number): number =>
  (place & 7) === SHADOW || (place & 7) === CLEAN ? place ^ SHADOW ^ CLEAN : place;

function above(place: number, fan_out: number): number {
  const region = region_of(place);
  return (region - (region % fan_out)) * 16 + 8 + (place & 7);
}

export function place_of(kvm: Kvm, sp: kvm_mmu_page): Place {
  return {
    mmu: tree_of(sp),
    level: standing_level(sp),
    region: Math.floor(sp.gfn / kvm.world.fan_out),
  };
}

export const has_diverged = ({ places }: Divergence, place: Place): boolean =>
  places.size > 0 && places.has(key(place));

/** Compares the tables of both sides, if any table was built or removed since the last comparison. */
export function note_divergence(divergence: Divergence, kvm: Kvm, ref: Reference): void {
  const { compared } = divergence;
  if (kvm.sps.length === compared.pages && kvm.next_id === compared.pages_ever) {
    if (ref.tables.length === compared.tables && ref.tables_ever === compared.tables_ever) return;
  }
  compared.pages = kvm.sps.length;
  compared.pages_ever = kvm.next_id;
  compared.tables = ref.tables.length;
  compared.tables_ever = ref.tables_ever;
  if (divergence.places.size > 0 || !same_tables(kvm, ref)) compare(divergence.places, kvm, ref);
}

/** The common case, checked without allocations: equally many tables, each at its place. */
function same_tables(kvm: Kvm, ref: Reference): boolean {
  let tables = 0;
  for (const sp of kvm.sps) {
    if (sp.is_root) continue;
    tables++;
    const { table1, table2 } = view_of(ref, tree_of(sp));
    const region = Math.floor(sp.gfn / kvm.world.fan_out);
    const table = standing_level(sp) === 2 ? table2[region / kvm.world.fan_out] : table1[region];
    if (!table) return false;
  }
  return tables === ref.tables.length;
}

/** From now on both sides agree. */
export function forget_divergence(divergence: Divergence, kvm: Kvm, ref: Reference): void {
  divergence.places.clear();
  divergence.compared.pages = -1;
  note_divergence(divergence, kvm, ref);
}

/** The places of all tables of the kernel's side. */
function places_of(kvm: Kvm): Set<number> {
  const places = new Set<number>();
  for (const sp of kvm.sps) if (!sp.is_root) places.add(key(place_of(kvm, sp)));
  return places;
}

/** It is not promised whether tables outlive the slot that was at [from, to): the reference is told which did not. */
export function forget_tables(ref: Reference, kvm: Kvm, { from, to }: NonNullable<Reference['slot_gone']>): void {
  const ours = places_of(kvm);
  remove_tables(ref, from, to, (table) => !ours.has(key(table)));
}

function compare(places: Set<number>, kvm: Kvm, ref: Reference): void {
  const ours = places_of(kvm);
  const theirs = new Set(ref.tables.map(key));
  for (const place of places) if (!ours.has(place) && !theirs.has(place)) places.delete(place);
  for (const place of ours) if (!theirs.has(place)) places.add(place);
  for (const place of theirs) if (!ours.has(place)) places.add(place);
  for (const place of [...ours, ...theirs]) if (places.has(twin(place))) places.add(place);
  for (const place of [...ours, ...theirs]) {
    if (is_small(place) && places.has(above(place, kvm.world.fan_out))) places.add(place);
  }
}
