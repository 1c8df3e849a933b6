/**
 * Memory attributes (virt/kvm/kvm_main.c and arch/x86/kvm/mmu/mmu.c, 6.8 to 7.3): userspace says which 4K pages are private, and no
 * huge page may map pages of both kinds. The models have no private memory: what a private page is mapped to, and who may access it,
 * is left out.
 */
import { with_attribute } from '../world/attributes';
import { PG_LEVEL_4K } from '../world/world';
import { lock_slots, mmu_unlock, unlock_slots, wait_for_slots_lock, write_lock } from './lock';
import {
  drop_idle_tables,
  gfn_to_memslot,
  kvm_mmu_max_mapping_level,
  kvm_unmap_gfn_range,
  lpage_info_max_level,
} from './memslots';
import { KVM_PAGES_PER_HPAGE } from './spte';
import type { Kvm, Operation, Task } from './types';

/** The gfns for which a fault is tried again until the attributes are set. */
export interface InvalidateRange {
  readonly start: number;
  readonly end: number;
}

/** kvm_vm_set_mem_attributes() for one 4K page. EINVAL where there are no attributes (before 6.8). */
export function* kvm_vm_set_mem_attributes(kvm: Kvm, gfn: number, value: boolean): Task {
  if (!kvm.ops.has_memory_attributes) {
    kvm.record.errno = 'EINVAL';
    return;
  }
  const frame = kvm.running;
  lock_slots(kvm);
  if (kvm.mem_attr_array.includes(gfn) !== value) {
    const { start, end } = kvm.ops.kvm_arch_pre_set_memory_attributes(kvm, gfn);
    frame.mmu_invalidate_range_start = start;
    frame.mmu_invalidate_range_end = end;
    yield 'lock_dropped';
    write_lock(kvm);
    post_set_memory_attributes(kvm, gfn, value);
    frame.mmu_invalidate_range_start = 0;
    frame.mmu_invalidate_range_end = 0;
    mmu_unlock(kvm);
  }
  unlock_slots(kvm);
}

/** kvm_arch_pre_set_memory_attributes(): what maps the page goes, and no huge page that could map it may come before the attributes are set. */
export function kvm_arch_pre_set_memory_attributes(kvm: Kvm, gfn: number): InvalidateRange {
  kvm_unmap_gfn_range(kvm, gfn, gfn + 1);
  const slot = gfn_to_memslot(kvm, gfn);
  return around(kvm, gfn, slot ? lpage_info_max_level(kvm, slot, gfn) : PG_LEVEL_4K);
}

/** The same up to 6.14: a fault for another 4K page may map a huge page over this one, as long as it is not known to be mixed. */
export function pre_set_memory_attributes_of_one_page(kvm: Kvm, gfn: number): InvalidateRange {
  kvm_unmap_gfn_range(kvm, gfn, gfn + 1);
  return around(kvm, gfn, PG_LEVEL_4K);
}

function around({ world: { fan_out } }: Kvm, gfn: number, level: number): InvalidateRange {
  const size = KVM_PAGES_PER_HPAGE(fan_out, level);
  const start = gfn - (gfn % size);
  return { start, end: start + size };
}

/**
 * kvm_arch_post_set_memory_attributes(): from here on it is known which huge pages are mixed. With the fix of B39, tables go that
 * would keep a region small for good.
 */
function post_set_memory_attributes(kvm: Kvm, gfn: number, value: boolean): void {
  kvm.mem_attr_array = with_attribute(kvm.mem_attr_array, gfn, value);
  const slot = gfn_to_memslot(kvm, gfn);
  if (!slot || slot.dirty_log || !kvm.ops.drops_idle_tables.when_backing_heals) return;
  const { start, end } = around(kvm, gfn, kvm_mmu_max_mapping_level(kvm, slot, gfn));
  drop_idle_tables(kvm, slot, start, end, true, true);
}

/** mmu_invalidate_retry_gfn(): attributes are being set, and a fault for this gfn must be tried again until they are. */
const is_invalidated = ({ mmu_invalidate_range_start: start, mmu_invalidate_range_end: end }: Operation, gfn: number) =>
  gfn >= start && gfn < end;

/** A fault tries again until the attributes are set: whoever sets them goes on meanwhile. */
export function wait_for_attributes(kvm: Kvm, gfn: number): void {
  if (kvm.paused.some((operation) => is_invalidated(operation, gfn))) wait_for_slots_lock(kvm);
}
