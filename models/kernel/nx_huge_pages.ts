/** Accounting of NX-split pages: their lists and counters (arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3). */
import { warn } from './fault';
import { list_add_tail, list_del_init, list_empty } from './list';
import { assert_lists_locked, lock_pages, unlock_pages } from './lock';
import { KVM_SHADOW_MMU, KVM_TDP_MMU, type Kvm, type kvm_mmu_page, type MmuType } from './types';

export const type_of = (sp: kvm_mmu_page): MmuType => (sp.tdp_mmu_page ? KVM_TDP_MMU : KVM_SHADOW_MMU);

/** The list of a type: since 6.18 each type has one, before there is only one. */
export function list_of(kvm: Kvm, type: MmuType): Kvm['lists'][number] {
  const list = kvm.lists[kvm.lists.length === 1 ? 0 : type];
  if (!list) throw new Error(`no list for MMU type ${type}`);
  return list;
}

/** track_possible_nx_huge_page(). Calling it for a page that is on the list does nothing. */
export function track_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  assert_lists_locked(kvm, sp.tdp_mmu_page);
  if (!list_empty(sp.possible_nx_huge_page_link)) return;
  kvm.stat.nx_lpage_splits++;
  add_to_list(kvm, sp, type);
}

/** Adds a page to its type's list and increments that counter, but not the stat for userspace. */
export function add_to_list(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  if (!kvm.sps.includes(sp)) warn(kvm, 'ORDER', 'a page that has left the page tables is added to the list');
  const list = list_of(kvm, type);
  list.nr_pages++;
  list_add_tail(sp.possible_nx_huge_page_link, list.pages);
}

/** untrack_possible_nx_huge_page(). Calling it for a page that is not on the list does nothing. */
export function untrack_possible_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  assert_lists_locked(kvm, sp.tdp_mmu_page);
  if (list_empty(sp.possible_nx_huge_page_link)) return;
  kvm.stat.nx_lpage_splits--;
  remove_from_list(kvm, sp, type);
}

export function remove_from_list(kvm: Kvm, sp: kvm_mmu_page, type: MmuType): void {
  list_of(kvm, type).nr_pages--;
  list_del_init(sp.possible_nx_huge_page_link);
}

/**
 * account_nx_huge_page() since 6.2: flags every table of an exec fault, and lists those that a huge page could replace.
 */
export function account_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void {
  sp.nx_huge_page_disallowed = true;
  if (nx_huge_page_possible) kvm.ops.track_possible_nx_huge_page(kvm, sp, type_of(sp));
}

/** unaccount_nx_huge_page() since 6.2. */
export function unaccount_nx_huge_page(kvm: Kvm, sp: kvm_mmu_page): void {
  sp.nx_huge_page_disallowed = false;
  kvm.ops.untrack_possible_nx_huge_page(kvm, sp, type_of(sp));
}

/** account_huge_nx_page() up to 6.1: the flag and the membership of the list are the same. */
export function account_huge_nx_page(kvm: Kvm, sp: kvm_mmu_page, nx_huge_page_possible: boolean): void {
  if (!nx_huge_page_possible || sp.nx_huge_page_disallowed) return;
  kvm.ops.track_possible_nx_huge_page(kvm, sp, type_of(sp));
  sp.nx_huge_page_disallowed = true;
}

/** tdp_mmu_unlink_sp(): a page that is removed from the page tables is removed from its list, whoever zaps it. */
export function tdp_mmu_unlink_sp(kvm: Kvm, sp: kvm_mmu_page): void {
  if (!sp.nx_huge_page_disallowed) return;
  lock_pages(kvm);
  sp.nx_huge_page_disallowed = false;
  kvm.ops.untrack_possible_nx_huge_page(kvm, sp, KVM_TDP_MMU);
  unlock_pages(kvm);
}

/** The former names, kept for good. */
export { add_to_list as add_to_book, list_of as book_of, remove_from_list as remove_from_book };
