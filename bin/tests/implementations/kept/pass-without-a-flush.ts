import {
  KVM_SHADOW_MMU,
  KVM_TDP_MMU,
  type Kvm,
  type kvm_mmu_page,
  lock,
  mmu,
  nx_huge_pages,
  type Task,
  variant,
} from 'kvm-nx-harness';

/** A generator: the pass is written out, and drops mmu_lock with what it has zapped in the TDP MMU unflushed. */
export default variant({
  base: 'v6.18',
  source: 'a generator',
  kernel: {
    *recover_nx_huge_pages(kvm, ratio) {
      yield* shadow_pages(kvm, ratio);
      yield* tdp_pages(kvm, ratio);
    },
  },
});

/** Off the books, and no huge page is wanted in its place any more. */
function leave(kvm: Kvm, sp: kvm_mmu_page): void {
  kvm.ops.unaccount_nx_huge_page(kvm, sp);
  sp.built = 'plain';
}

function* shadow_pages(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  frame.invalid_list = [];
  frame.flush = false;
  const pass = nx_huge_pages.begin_list(kvm, KVM_SHADOW_MMU, ratio);
  lock.write_lock(kvm);
  lock.rcu_read_lock(kvm);
  for (frame.left = pass.to_zap; frame.left > 0 && !nx_huge_pages.runs_dry(kvm, pass); frame.left--) {
    const sp = nx_huge_pages.take_first(kvm, pass);
    if (nx_huge_pages.in_dirty_logged_slot(kvm, sp)) leave(kvm, sp);
    else mmu.kvm_mmu_prepare_zap_page(kvm, sp, frame.invalid_list);
    if (!(yield 'need_resched')) continue;
    nx_huge_pages.drop_the_lock(kvm);
    yield 'lock_dropped';
    lock.write_lock(kvm);
    lock.rcu_read_lock(kvm);
  }
  nx_huge_pages.drop_the_lock(kvm);
}

function* tdp_pages(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  const pass = nx_huge_pages.begin_list(kvm, KVM_TDP_MMU, ratio);
  lock.read_lock(kvm);
  lock.rcu_read_lock(kvm);
  for (frame.left = pass.to_zap; frame.left > 0; frame.left--) {
    lock.lock_pages(kvm);
    frame.sp = nx_huge_pages.runs_dry(kvm, pass) ? null : nx_huge_pages.take_first(kvm, pass);
    if (frame.sp) leave(kvm, frame.sp);
    lock.unlock_pages(kvm);
    if (!frame.sp) break;
    yield 'page_taken';
    if (!nx_huge_pages.in_dirty_logged_slot(kvm, frame.sp)) kvm.ops.tdp_mmu_zap_for_recovery(kvm, frame.sp);
  }
  lock.rcu_read_unlock(kvm);
  lock.mmu_unlock(kvm);
}
