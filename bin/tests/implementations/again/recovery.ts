import {
  DIV_ROUND_UP,
  KVM_SHADOW_MMU,
  KVM_TDP_MMU,
  type Kvm,
  type kvm_memory_slot,
  type kvm_mmu_page,
  type ListPass,
  lock,
  memslots,
  mmu,
  nx_huge_pages as nx,
  sp as pages,
  ROOT_LEVEL,
  spte,
  type Task,
  tdp_mmu,
} from 'kvm-nx-harness';

export const to_zap = (kvm: Kvm, list: number, ratio: number): number | bigint =>
  ratio ? DIV_ROUND_UP(kvm.lists[list]?.nr_pages ?? 0, ratio) : 0;

export function drop_the_lock(kvm: Kvm): void {
  const frame = kvm.running;
  mmu.kvm_mmu_remote_flush_or_zap(kvm, frame.invalid_list, frame.flush);
  frame.flush = false;
  lock.rcu_read_unlock(kvm);
  lock.mmu_unlock(kvm);
}

function unaccount_and_leave(kvm: Kvm, sp: kvm_mmu_page): void {
  kvm.ops.unaccount_nx_huge_page(kvm, sp);
  sp.built = 'plain';
}

function zap_taken(kvm: Kvm, sp: kvm_mmu_page): void {
  kvm.ops.accumulate_flush(kvm, kvm.ops.tdp_mmu_zap_for_recovery(kvm, sp));
}

function* drop_the_lock_in_a_zap(kvm: Kvm): Task {
  lock.rcu_read_unlock(kvm);
  lock.mmu_unlock(kvm);
  yield 'lock_dropped';
  lock.write_lock(kvm);
  lock.rcu_read_lock(kvm);
}

export function* recover_one_list(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  frame.invalid_list = [];
  frame.flush = false;
  lock.write_lock(kvm);
  lock.rcu_read_lock(kvm);
  const list_pass = nx.begin_list(kvm, KVM_SHADOW_MMU, ratio);
  frame.left = list_pass.to_zap;
  for (; frame.left > 0 && !nx.runs_dry(kvm, list_pass); frame.left--) {
    const sp = nx.take_first(kvm, list_pass);
    if (kvm.ops.unaccounts_dirty_pages && nx.in_dirty_logged_slot(kvm, sp)) unaccount_and_leave(kvm, sp);
    else if (sp.tdp_mmu_page) {
      if (kvm.ops.tdp_zap_may_yield && (yield 'need_resched')) yield* drop_the_lock_in_a_zap(kvm);
      zap_taken(kvm, sp);
    } else mmu.kvm_mmu_prepare_zap_page(kvm, sp, frame.invalid_list);
    if (!(yield 'need_resched')) continue;
    kvm.ops.recovery_cond_resched(kvm);
    yield 'lock_dropped';
    lock.write_lock(kvm);
    lock.rcu_read_lock(kvm);
  }
  kvm.ops.finish_pass(kvm);
}

export function* recover_list_per_type(kvm: Kvm, ratio: number): Task {
  yield* recover_shadow_pages(kvm, ratio);
  yield* recover_tdp_pages(kvm, ratio);
}

function* recover_shadow_pages(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  frame.invalid_list = [];
  frame.flush = false;
  const list_pass = nx.begin_list(kvm, KVM_SHADOW_MMU, ratio);
  frame.left = list_pass.to_zap;
  lock.write_lock(kvm);
  lock.rcu_read_lock(kvm);
  for (; frame.left > 0 && !nx.runs_dry(kvm, list_pass); frame.left--) {
    const sp = nx.take_first(kvm, list_pass);
    if (nx.in_dirty_logged_slot(kvm, sp)) unaccount_and_leave(kvm, sp);
    else mmu.kvm_mmu_prepare_zap_page(kvm, sp, frame.invalid_list);
    if (!(yield 'need_resched')) continue;
    kvm.ops.recovery_cond_resched(kvm);
    yield 'lock_dropped';
    lock.write_lock(kvm);
    lock.rcu_read_lock(kvm);
  }
  drop_the_lock(kvm);
}

function* recover_tdp_pages(kvm: Kvm, ratio: number): Task {
  const frame = kvm.running;
  const list_pass = nx.begin_list(kvm, KVM_TDP_MMU, ratio);
  frame.left = list_pass.to_zap;
  lock.read_lock(kvm);
  lock.rcu_read_lock(kvm);
  for (; frame.left > 0; frame.left--) {
    frame.sp = take_and_unaccount(kvm, list_pass);
    if (!frame.sp) break;
    yield 'page_taken';
    if (!nx.in_dirty_logged_slot(kvm, frame.sp)) zap_taken(kvm, frame.sp);
    if (!(yield 'need_resched')) continue;
    kvm.ops.recovery_cond_resched(kvm);
    frame.sp = null;
    yield 'lock_dropped';
    lock.read_lock(kvm);
    lock.rcu_read_lock(kvm);
  }
  drop_the_lock(kvm);
}

function take_and_unaccount(kvm: Kvm, list_pass: ListPass): kvm_mmu_page | null {
  lock.lock_pages(kvm);
  const sp = nx.runs_dry(kvm, list_pass) ? null : nx.take_first(kvm, list_pass);
  if (sp) unaccount_and_leave(kvm, sp);
  lock.unlock_pages(kvm);
  return sp;
}

export function kvm_tdp_mmu_zap_sp(kvm: Kvm, sp: kvm_mmu_page): boolean {
  const [ptep] = sp.parent_ptes;
  if (!ptep || ptep.sp.child[ptep.index] !== sp) return false;
  tdp_mmu.tdp_mmu_set_spte(kvm, ptep.sp, ptep.index, sp.role.level + 1, 0);
  return true;
}

export const zap_range_of = (kvm: Kvm, sp: kvm_mmu_page): boolean =>
  tdp_mmu.zap_gfn_range(kvm, sp.gfn, sp.gfn + spte.KVM_PAGES_PER_HPAGE(kvm.world.fan_out, sp.role.level + 1));

export const slot_in_usual_address_space = (kvm: Kvm, sp: kvm_mmu_page): kvm_memory_slot | null =>
  memslots.gfn_to_memslot(kvm, sp.gfn, 0);
export const slot_in_own_address_space = (kvm: Kvm, sp: kvm_mmu_page): kvm_memory_slot | null =>
  memslots.gfn_to_memslot(kvm, sp.gfn, pages.kvm_mmu_page_as_id(sp));

export const fixed_recovery_period = ({ params }: Kvm): number | null =>
  params.nx_huge_pages && params.recovery_ratio !== 0 ? 60_000 : null;

export function calc_nx_huge_pages_recovery_period({ params }: Kvm): number | null {
  const { nx_huge_pages, recovery_ratio, recovery_period_ms } = params;
  if (!nx_huge_pages || recovery_ratio === 0) return null;
  return recovery_period_ms || Math.floor(3_600_000 / Math.min(recovery_ratio, 3600));
}

export function* zap_all_with_slots_lock(kvm: Kvm): Task {
  lock.lock_slots(kvm);
  lock.assert_slots_locked(kvm, 'all mappings are zapped');
  lock.write_lock(kvm);
  kvm.mmu_valid_gen = 1 - kvm.mmu_valid_gen;
  mmu.drop_roots(kvm);
  yield* mmu.kvm_zap_obsolete_pages(kvm);
  if (kvm.ops.mmu_lock_is_rwlock) {
    lock.mmu_unlock(kvm);
    lock.read_lock(kvm);
  }
  yield* kvm.ops.kvm_tdp_mmu_zap_invalidated_roots(kvm);
  lock.mmu_unlock(kvm);
  lock.unlock_slots(kvm);
}

export function* zap_invalidated_roots(kvm: Kvm): Task {
  lock.rcu_read_lock(kvm);
  for (;;) {
    const root = tdp_mmu.an_invalidated_root(kvm);
    if (!root) break;
    const index = root.spt.findIndex((entry) => entry !== 0);
    if (index < 0) {
      tdp_mmu.handle_removed_pt(kvm, root, ROOT_LEVEL);
      continue;
    }
    tdp_mmu.tdp_mmu_set_spte(kvm, root, index, ROOT_LEVEL, 0);
    const resched = yield 'need_resched';
    if (!resched) continue;
    lock.rcu_read_unlock(kvm);
    lock.mmu_unlock(kvm);
    yield 'lock_dropped';
    lock.read_lock(kvm);
    lock.rcu_read_lock(kvm);
  }
  lock.rcu_read_unlock(kvm);
}

export const vm_list = (kvm: Kvm): readonly Kvm[] => (kvm.other ? [kvm.other, kvm] : [kvm]);
