/**
 * KVM_PRE_FAULT_MEMORY: userspace has pages mapped before the guest accesses them. Models kvm_vcpu_pre_fault_memory()
 * (virt/kvm/kvm_main.c) and kvm_arch_vcpu_pre_fault_memory() (arch/x86/kvm/mmu/mmu.c), 6.11 to 7.3, for one 4K page.
 */
import { address_space, is_nested, type Mmu } from '../world/world';
import { wait_for_attributes } from './attributes';
import { burn, warn } from './fault';
import { retry_until_slot_is_gone, srcu_read_lock, srcu_read_unlock } from './lock';
import { gfn_to_memslot, is_in_invalid_slot } from './memslots';
import { map_mmio, map_page, new_fault } from './page_fault';
import { kvm_mmu_reload } from './roots';
import { READ } from './spte';
import { walk } from './tlb';
import type { Kvm, PrefaultAnswer, Task } from './types';

/**
 * kvm_vcpu_pre_fault_memory(): maps a page as a read by this vCPU would, in SMM (mmu=smm) or not. The vCPU does not run: no worker is
 * created, and no TLB is filled. A signal ends a prefault that would never end by itself.
 */
export function kvm_vcpu_pre_fault_memory(kvm: Kvm, mmu: Mmu, gfn: number, vcpu: number): Task | undefined {
  const refused = why_refused(kvm, mmu);
  if (refused !== null) {
    kvm.record.prefault = { answer: refused, level: 0 };
    return undefined;
  }
  if (kvm_mmu_reload(kvm, vcpu)) return kvm_tdp_map_page(kvm, mmu, gfn);
  warn(kvm, 'LIVE', `the prefault of gfn ${gfn} is tried again for ever: the root of vCPU ${vcpu} is obsolete`);
  return undefined;
}

/** While a nested guest runs, the vCPU's MMU is the shadow MMU's, which is asked for guest addresses and not for gfns. */
function why_refused({ ops }: Kvm, mmu: Mmu): PrefaultAnswer | null {
  if (!ops.has_pre_fault_memory) return 'EINVAL';
  return is_nested(mmu) ? 'EOPNOTSUPP' : null;
}

/**
 * kvm_tdp_map_page() (kvm_tdp_page_prefault() from 6.19): all tries are made under one srcu_read_lock(). A prefault of
 * many pages, as userspace asks for, is longer in that read section.
 */
function* kvm_tdp_map_page(kvm: Kvm, mmu: Mmu, gfn: number): Task {
  let answer: PrefaultAnswer | null = null;
  srcu_read_lock(kvm);
  yield 'srcu_entered';
  while (answer === null) {
    burn(kvm);
    answer = yield* try_to_map(kvm, mmu, gfn);
  }
  srcu_read_unlock(kvm);
  const level = answer === '0' ? (walk(kvm, mmu, gfn)?.level ?? 0) : 0;
  kvm.record.prefault = { answer, level };
  kvm.record.mapped_level = level;
}

/** kvm_mmu_do_page_fault() with `prefetch`; null: to be tried again (RET_PF_RETRY). */
function* try_to_map(kvm: Kvm, mmu: Mmu, gfn: number): Task<PrefaultAnswer | null> {
  wait_for_attributes(kvm, gfn);
  if (is_in_invalid_slot(kvm, gfn, address_space(mmu))) {
    if (!kvm.ops.prefaults_retry_on_invalid_slots) return 'EAGAIN';
    retry_until_slot_is_gone(kvm);
    return null;
  }
  const slot = gfn_to_memslot(kvm, gfn, address_space(mmu));
  if (slot === null) {
    if (kvm.ops.builds_tables_outside_slots) yield* map_mmio(kvm, mmu, gfn, READ);
    return 'ENOENT';
  }
  const fault = new_fault(kvm, slot, mmu, gfn, READ, true);
  kvm.running.fault = fault;
  kvm.record.faults++;
  return (yield* map_page(kvm, fault)) ? '0' : null;
}
