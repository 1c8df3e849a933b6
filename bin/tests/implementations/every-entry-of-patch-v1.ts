import { KVM_TDP_MMU, type Kvm, lock, nx_huge_pages as nx, type Task, tlb, variant } from 'kvm-nx-harness';
import of_5_10 from './every-entry-of-5.10';
import { kvm_tdp_mmu_zap_sp, recover_one_list } from './written_again';

/** Every entry of the table of functions, replaced by what the fixed patch of 2020 has there. */
export default variant({
  base: 'patch-v1-fixed',
  source: 'a copy of the defaults',
  kernel: {
    ...of_5_10.kernel,
    lists: ['lpage_disallowed_mmu_pages', 'tdp_mmu_lpage_disallowed_pages'],
    tdp_mmu_zap_for_recovery: kvm_tdp_mmu_zap_sp,
    *recover_nx_huge_pages(kvm, ratio) {
      yield* recover_one_list(kvm, ratio);
      yield* recover_tdp_pages(kvm, ratio);
    },
  },
});

function* recover_tdp_pages(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  let flush = false;
  lock.write_lock(kvm);
  const list_pass = nx.begin_list(kvm, KVM_TDP_MMU, ratio);
  for (frame.left = list_pass.to_zap; frame.left > 0 && !nx.runs_dry(kvm, list_pass); frame.left--) {
    flush = kvm.ops.tdp_mmu_zap_for_recovery(kvm, nx.take_first(kvm, list_pass)) || flush;
    if (!(yield 'need_resched')) continue;
    if (flush) tlb.kvm_flush_remote_tlbs(kvm);
    flush = false;
    lock.mmu_unlock(kvm);
    yield 'lock_dropped';
    lock.write_lock(kvm);
  }
  if (flush) tlb.kvm_flush_remote_tlbs(kvm);
  lock.mmu_unlock(kvm);
}
