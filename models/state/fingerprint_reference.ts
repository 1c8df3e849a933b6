/** The part of a state's fingerprint that covers the reference (see fingerprint.ts). */
import { is_small, kind_of, region_of } from '../lockstep/divergence';
import type { View } from '../lockstep/session';
import type { Reference } from '../spec/reference';
import { GUARDED } from '../spec/tables';
import { view_of } from '../spec/views';
import { TREES, type Tree, tables_of, trees_with } from '../world/world';
import { put_table } from './generated/reference';
import { begin, put } from './hash';
import { at_giga, at_leaf, at_region, Kind, type Places } from './places';

/** Covers what the reference has mapped, and which tables stand. */
export function note_reference(places: Places, ref: Reference): void {
  const { fan_out } = places.geometry.world;
  for (const table of ref.tables) {
    const { mmu, level, region, small, guarded } = table;
    begin(Kind.RefTable);
    put_table(table);
    if (level === 2) at_giga(places, region / fan_out);
    else at_region(places, region);
    for (let offset = 0; offset < small.length; offset++) {
      if (small[offset]) note_ref_leaf(places, mmu, 1, region * fan_out + offset, guarded[offset]);
    }
  }
  for (const mmu of trees_with(ref.tables)) {
    const { huge2m, huge1g, links } = view_of(ref, mmu);
    for (let giga = 0; giga < links.length; giga++) {
      if (!links[giga]) continue;
      begin(Kind.RefTable);
      put(TREES.indexOf(mmu) | 0x100);
      at_giga(places, giga);
    }
    for (let giga = 0; giga < huge1g.length; giga++) {
      if (huge1g[giga]) note_ref_leaf(places, mmu, 3, giga * fan_out * fan_out, huge1g[giga] === GUARDED);
    }
    if (tables_of(mmu) !== mmu) continue;
    for (let region = 0; region < huge2m.length; region++) {
      if (huge2m[region]) note_ref_leaf(places, mmu, 2, region * fan_out, huge2m[region] === GUARDED);
    }
  }
}

function note_ref_leaf(places: Places, mmu: Tree, level: number, gfn: number, guarded = false): void {
  begin(Kind.RefLeaf);
  put(TREES.indexOf(mmu) | (level << 3) | (Number(guarded) << 5));
  at_leaf(places, level, gfn);
}

/** Covers the places where the two sides diverge. */
export function note_divergences(places: Places, { divergence }: View): void {
  for (const place of divergence.places) {
    begin(Kind.Diverged);
    put(kind_of(place));
    if (is_small(place)) at_region(places, region_of(place));
    else at_giga(places, region_of(place) / places.geometry.world.fan_out);
  }
}
