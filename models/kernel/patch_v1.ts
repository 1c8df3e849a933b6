/**
 * The mechanism of the patch that this project began with: the TDP MMU has its own list, counter and pass. Models
 * "[PATCH 20/22] kvm: mmu: NX largepage recovery for TDP MMU" of 2020-09-25.
 */
import { warn } from './fault';
import { mmu_unlock, write_lock } from './lock';
import { begin_list, runs_dry, take_first } from './nx_pass';
import { recover_one_list } from './nx_recovery';
import { kvm_flush_remote_tlbs } from './tlb';
import { KVM_TDP_MMU, type Kvm, type Task } from './types';

/** The value of a C variable that has never been assigned. */
export type Uninitialised = 'uninitialised';

/** Reading a variable that was never assigned is a finding. Returns the worse of the two values. */
function read(kvm: Kvm, flag: boolean | Uninitialised, name: string): boolean {
  if (flag !== 'uninitialised') return flag;
  warn(kvm, 'PRIMITIVE', `${name} is read and was never written`);
  return true;
}

/**
 * kvm_recover_nx_lpages(), followed by kvm_tdp_mmu_recover_nx_lpages() as a second thread would run it.
 * `flush_at_start` is the initial value of `flush`.
 */
export function recover_two_lists(flush_at_start: boolean | Uninitialised) {
  return function* (kvm: Kvm, ratio: number): Task {
    yield* recover_one_list(kvm, ratio);
    yield* recover_tdp_pages(kvm, ratio, flush_at_start);
  };
}

function* recover_tdp_pages(kvm: Kvm, ratio: number, flush_at_start: boolean | Uninitialised): Task {
  let flush = flush_at_start;
  const frame = kvm.running;
  write_lock(kvm);
  const list_pass = begin_list(kvm, KVM_TDP_MMU, ratio);
  frame.left = list_pass.to_zap;
  for (; frame.left > 0 && !runs_dry(kvm, list_pass); frame.left--) {
    const sp = take_first(kvm, list_pass);
    flush = kvm.ops.tdp_mmu_zap_for_recovery(kvm, sp) || flush === true;
    if (yield 'need_resched') {
      if (flush) kvm_flush_remote_tlbs(kvm);
      flush = false;
      mmu_unlock(kvm);
      yield 'lock_dropped';
      write_lock(kvm);
    }
  }
  if (read(kvm, flush, 'flush')) kvm_flush_remote_tlbs(kvm);
  mmu_unlock(kvm);
}
