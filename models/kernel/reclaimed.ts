/** Shadow pages that go and nobody has named: by reclaim, and with a flooded table. Not the kernel's: claims ask. */
import type { Mmu } from '../world/world';
import { n_used_mmu_pages } from './mmu_limit';
import { tree_of } from './sp';
import type { Kvm, kvm_mmu_page } from './types';

type Parents = ReadonlyMap<kvm_mmu_page, kvm_mmu_page>;

/** The page that leads to each that may go along with it. Below roots there is one at most. */
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

/** Room has been made: how many pages went of how many, and how many of them by one choice. */
export function note_room(kvm: Kvm, before: readonly kvm_mmu_page[], above: Parents): void {
  const gone = gone_from(kvm, before);
  for (const sp of gone) kvm.record.reclaimed.push({ mmu: tree_of(sp), level: sp.role.level, gfn: sp.gfn });
  const { length: taken } = gone;
  const had = n_used_mmu_pages(kvm) + taken;
  kvm.record.rooms.push({ command: kvm.running.command, had, taken, at_once: most_at_once(gone, above) });
}

/** Pages have gone where nobody wanted room: how many is all that is known. */
export function note_needless_room(kvm: Kvm, taken: number): void {
  kvm.record.rooms.push({ command: kvm.running.command, had: n_used_mmu_pages(kvm) + taken, taken, at_once: 0 });
}

/** A flooded table's root has gone, of one nested guest's, and what it led to. */
export function note_flood(kvm: Kvm, before: readonly kvm_mmu_page[], mmu: Mmu, root: kvm_mmu_page): void {
  for (const sp of gone_from(kvm, before)) {
    kvm.record.reclaimed.push({ mmu: sp === root ? mmu : tree_of(sp), level: sp.role.level, gfn: sp.gfn });
  }
}

/** The oldest first. */
const gone_from = ({ sps }: Kvm, before: readonly kvm_mmu_page[]): kvm_mmu_page[] =>
  before.filter((sp) => !sps.includes(sp));

/** Pages of one age go together (kvm_mmu_zap_oldest_mmu_pages()), and so do those that lose their last parent by it. */
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
