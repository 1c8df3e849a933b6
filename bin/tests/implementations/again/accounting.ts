import {
  type KernelOps,
  KVM_TDP_MMU,
  type Kvm,
  type kvm_mmu_page,
  list,
  lock,
  nx_huge_pages as nx,
  warn,
} from 'kvm-nx-harness';

export const lists: Partial<KernelOps> = {
  init_list: (head) => list.INIT_LIST_HEAD(head),
  unaccount_nx_huge_page(kvm, sp) {
    sp.nx_huge_page_disallowed = false;
    kvm.ops.untrack_possible_nx_huge_page(kvm, sp, nx.type_of(sp));
  },
  tdp_mmu_account: (kvm, sp) => kvm.ops.account_nx_huge_page(kvm, sp, true),
  tdp_mmu_unlink_sp(kvm, sp) {
    if (!sp.nx_huge_page_disallowed) return;
    lock.lock_pages(kvm);
    sp.nx_huge_page_disallowed = false;
    kvm.ops.untrack_possible_nx_huge_page(kvm, sp, KVM_TDP_MMU);
    lock.unlock_pages(kvm);
  },
  track_possible_nx_huge_page(kvm, sp, type) {
    lock.assert_lists_locked(kvm, sp.tdp_mmu_page);
    if (!list.list_empty(sp.possible_nx_huge_page_link)) return;
    kvm.stat.nx_lpage_splits++;
    if (!kvm.sps.includes(sp)) warn(kvm, 'ORDER', 'a page that has left the page tables is added to the list');
    const { pages } = nx.list_of(kvm, type);
    nx.list_of(kvm, type).nr_pages++;
    list.list_add_tail(sp.possible_nx_huge_page_link, pages);
  },
  untrack_possible_nx_huge_page(kvm, sp, type) {
    lock.assert_lists_locked(kvm, sp.tdp_mmu_page);
    if (list.list_empty(sp.possible_nx_huge_page_link)) return;
    kvm.stat.nx_lpage_splits--;
    nx.list_of(kvm, type).nr_pages--;
    list.list_del_init(sp.possible_nx_huge_page_link);
  },
};

export function account_huge_nx_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void {
  if (!nx_huge_page_possible || sp.nx_huge_page_disallowed) return;
  kvm.ops.track_possible_nx_huge_page(kvm, sp, nx.type_of(sp));
  sp.nx_huge_page_disallowed = true;
}

export function account_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void {
  sp.nx_huge_page_disallowed = true;
  if (nx_huge_page_possible) kvm.ops.track_possible_nx_huge_page(kvm, sp, nx.type_of(sp));
}
