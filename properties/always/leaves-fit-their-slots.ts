import { initially_all_set } from '../../models/kernel/dirty_log';
import { gfn_to_memslot, kvm_mmu_max_mapping_level } from '../../models/kernel/memslots';
import { kvm_mmu_page_as_id } from '../../models/kernel/sp';
import { WRITE } from '../../models/kernel/spte';
import type { Kvm, kvm_mmu_page } from '../../models/kernel/types';
import { PG_LEVEL_4K } from '../../models/world/world';
import { always, breach } from '../claim';
import { find_leaf } from '../leaves';

/** Commands, besides accesses that fault, after which a leaf may no longer fit. */
const CHANGES = new Set([
  'dirty_log',
  'delete_slot',
  'move_slot',
  'recreate_slot',
  'invalidate',
  'invalidate_4k',
  'attributes',
]);

/**
 * SIZE: no leaf extends past its slot, is larger than its backing, is huge over pages of different attributes, or is huge and writable in a dirty-logged slot. Where a log
 * begins with all pages dirty, huge leaves stay writable until a bit is cleared (`dirty-logging-write-protects`).
 */
export default always('no page is mapped larger than slot, backing, attributes and dirty logging allow', (view) => {
  const { quiescent, predictable, command, kvm } = view;
  if (!quiescent || (predictable && kvm.record.faults === 0 && !CHANGES.has(command.name))) return null;
  let want: string | null = null;
  const leaf = find_leaf(kvm, false, (sp, level, gfn, size, spte) => {
    want = too_large(kvm, sp, level, gfn, size, spte);
    return want !== null;
  });
  return leaf ? breach(`a leaf of level ${leaf.level} at gfn ${leaf.gfn}`, want) : null;
});

function too_large(kvm: Kvm, sp: kvm_mmu_page, level: number, gfn: number, size: number, spte: number): string | null {
  const slot = gfn_to_memslot(kvm, gfn, kvm_mmu_page_as_id(sp));
  if (!slot || gfn + size > slot.base_gfn + slot.npages) return 'no leaf that reaches outside its slot';
  if (level === PG_LEVEL_4K) return null;
  const most = kvm_mmu_max_mapping_level(kvm, slot, gfn);
  if (level > most) return `level ${most} at most`;
  const logged = slot.dirty_log && !initially_all_set(kvm);
  return logged && spte & WRITE ? 'not writable: its writes are logged' : null;
}
