/**
 * Records the shadow pages that reclaim or write flooding zaps, which no command names. The kernel has no such record:
 * claims read it.
 */
import type { Mmu } from '../world/world';
import { n_used_mmu_pages } from './mmu_limit';
import { tree_of } from './sp';
import type { Kvm, kvm_mmu_page } from './types';

type Parents = ReadonlyMap<kvm_mmu_page, kvm_mmu_page>;

/** For each page that may be zapped along with its parent, that parent. Below a root there is at most one. */
export function parents_of({ sps, ops }: Kvm): Parents {
  if (!ops.zaps_parentless_nested_pages) return NO_PARENTS;
  const above = new Map<kvm_mmu_page, kvm_mmu_page>();
  for (const sp of sps) {
    const parent = sp.role.guest_mode ? sp.parent_ptes[0]?.sp : undefined;
    if (parent) above.set(sp, parent);
  }
  return above;
}
const NO_PARENTS: Parents = new Map();

/** Records that reclaim made room: the pages that went, how many there had been, and how many went by one choice. */
export function note_room(kvm: Kvm, before: readonly kvm_mmu_page[], above: Parents): void {
  const gone = gone_from(kvm, before);
  for (const sp of gone) kvm.record.reclaimed.push({ mmu: tree_of(sp), level: sp.role.level, gfn: sp.gfn });
  const { length: taken } = gone;
  const had = n_used_mmu_pages(kvm) + taken;
  kvm.record.rooms.push({ command: kvm.running.command, had, taken, at_once: most_at_once(gone, above) });
}

/** Records that pages went although no room was wanted. Only their number is known. */
export function note_needless_room(kvm: Kvm, taken: number): void {
  kvm.record.rooms.push({ command: kvm.running.command, had: n_used_mmu_pages(kvm) + taken, taken, at_once: 0 });
}

/** Records that the root of a nested guest went because of write flooding, and the tables that went with it. */
export function note_flood(kvm: Kvm, before: readonly kvm_mmu_page[], mmu: Mmu, root: kvm_mmu_page): void {
  for (const sp of gone_from(kvm, before)) {
    kvm.record.reclaimed.push({ mmu: sp === root ? mmu : tree_of(sp), level: sp.role.level, gfn: sp.gfn });
  }
}

/** The pages that went, oldest first. */
const gone_from = ({ sps }: Kvm, before: readonly kvm_mmu_page[]): kvm_mmu_page[] =>
  before.filter((sp) => !sps.includes(sp));

/**
 * The largest number of pages that went by one choice: pages of one age go together (kvm_mmu_zap_oldest_mmu_pages()),
 * and so do pages that lose their last parent by that.
 */
function most_at_once(gone: readonly kvm_mmu_page[], above: Parents): number {
  if (gone.length < 2) return gone.length;
  const age_of = (sp: kvm_mmu_page): number => {
    const parent = above.get(sp);
    return parent && gone.includes(parent) ? age_of(parent) : sp.age;
  };
  const sizes = new Map<number, number>();
  for (const sp of gone) sizes.set(age_of(sp), (sizes.get(age_of(sp)) ?? 0) + 1);
  return Math.max(0, ...sizes.values());
}
