import { standing_level } from './kernel/nx_huge_pages';
import type { Kvm, kvm_mmu_page } from './kernel/types';
import type { Place, Reference } from './reference';

/**
 * Places where a table stands on one side only, or did since a table last stood there on neither. What an idle table
 * that should have gone does later (an exec fault finds it, and counts nothing) follows from that, so LIVE alone judges
 * such places: it says who is right. STAT, LEVEL and RATE judge all others.
 */
export interface Dispute {
  readonly places: Set<number>;
  /** When the two were last compared: nothing can differ anew while no table has come or gone. */
  seen: number;
}

export const no_dispute = (): Dispute => ({ places: new Set(), seen: -1 });

const key = ({ mmu, level, page }: Place): number => page * 4 + (level - 1) * 2 + Number(mmu === 'shadow');

export function place_of(kvm: Kvm, sp: kvm_mmu_page): Place {
  return {
    mmu: sp.role.guest_mode ? 'shadow' : 'tdp',
    level: standing_level(kvm, sp),
    page: Math.floor(sp.gfn / kvm.world.fan_out),
  };
}

export const is_disputed = ({ places }: Dispute, place: Place): boolean => places.size > 0 && places.has(key(place));

/** Compares the tables of both sides. */
export function note_dispute(dispute: Dispute, kvm: Kvm, ref: Reference): void {
  const now = kvm.sps.length + kvm.next_id * 1000 + (ref.tables.length + ref.tables_ever * 1000) * 1e7;
  if (now === dispute.seen) return;
  dispute.seen = now;
  const implementation = new Set<number>();
  for (const sp of kvm.sps) if (!sp.is_root) implementation.add(key(place_of(kvm, sp)));
  const reference = new Set(ref.tables.map(key));
  for (const place of dispute.places) {
    if (!implementation.has(place) && !reference.has(place)) dispute.places.delete(place);
  }
  for (const place of implementation) if (!reference.has(place)) dispute.places.add(place);
  for (const place of reference) if (!implementation.has(place)) dispute.places.add(place);
}
