import { list, lock, nx_huge_pages, variant } from 'kvm-nx-harness';

/** Account and unaccount, each with all that it leads to, written out: this does what 6.18 does. */
export default variant({
  base: 'v6.18',
  source: 'account and unaccount',
  kernel: {
    account_nx_huge_page(kvm, sp, nx_huge_page_possible) {
      sp.nx_huge_page_disallowed = true;
      if (!nx_huge_page_possible || !list.list_empty(sp.possible_nx_huge_page_link)) return;
      lock.assert_books_locked(kvm, sp.tdp_mmu_page);
      const book = nx_huge_pages.book_of(kvm, nx_huge_pages.type_of(sp));
      kvm.stat.nx_lpage_splits++;
      book.nr_pages++;
      list.list_add_tail(sp.possible_nx_huge_page_link, book.pages);
    },
    unaccount_nx_huge_page(kvm, sp) {
      sp.nx_huge_page_disallowed = false;
      if (list.list_empty(sp.possible_nx_huge_page_link)) return;
      lock.assert_books_locked(kvm, sp.tdp_mmu_page);
      kvm.stat.nx_lpage_splits--;
      nx_huge_pages.book_of(kvm, nx_huge_pages.type_of(sp)).nr_pages--;
      list.list_del_init(sp.possible_nx_huge_page_link);
    },
  },
});
