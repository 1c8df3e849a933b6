/** Doubly linked lists, as in include/linux/list.h, 5.5 to 7.3. */
import { KernelOops } from './fault';
import type { Kvm, kvm_mmu_page, list_head } from './types';

/** A list_head as kzalloc() leaves it: zeroed, so not a valid list yet. */
export function zeroed_list_head(page: kvm_mmu_page | null): list_head {
  return { next: null, prev: null, page };
}

export function INIT_LIST_HEAD(head: list_head): void {
  head.next = head;
  head.prev = head;
}

export function initialised_list_head(page: kvm_mmu_page | null): list_head {
  const head = zeroed_list_head(page);
  INIT_LIST_HEAD(head);
  return head;
}

/** True only for a head (or link) that points to itself. As in C, a zeroed head is not empty. */
export function list_empty(head: list_head): boolean {
  return head.next === head;
}

/** Adds `link` at the end. A zeroed link may be added: its pointers are written, not read. */
export function list_add_tail(link: list_head, head: list_head): void {
  const { prev } = head;
  if (prev === null) throw new KernelOops('list_add to a list head that was never initialised (NULL)');
  if (link.next !== null && link.next !== link) throw new KernelOops('list_add of a page that is on a list already');
  if (prev.next !== head) throw new KernelOops('list_add finds the list corrupted');
  head.prev = link;
  link.next = head;
  link.prev = prev;
  prev.next = link;
}

/** list_del_init(): afterwards the link is an empty list. */
export function list_del_init(link: list_head): void {
  const { next, prev } = link;
  if (next === null || prev === null || next === link) throw new KernelOops('list_del of a page that is on no list');
  if (next.prev !== link || prev.next !== link) throw new KernelOops('list_del finds the list corrupted');
  next.prev = prev;
  prev.next = next;
  INIT_LIST_HEAD(link);
}

/** list_first_entry(). Throws KernelOops where container_of() would get NULL or the head itself. */
export function list_first_page(head: list_head): kvm_mmu_page {
  const page = head.next?.page;
  if (!page) throw new KernelOops('the first entry of the list is NULL');
  return page;
}

/**
 * Walks a list and counts its pages; adds them to `pages` if given. Returns null if the list is broken: a NULL pointer,
 * neighbours that disagree, a link that belongs to no page, or more links than pages were ever made.
 */
export function list_length(kvm: Kvm, head: list_head, pages?: kvm_mmu_page[]): number | null {
  let n = 0;
  for (let at = head.next; at !== head; at = at.next) {
    if (at === null || at.next?.prev !== at || at.page === null || n > kvm.next_id) return null;
    pages?.push(at.page);
    n++;
  }
  return n;
}
