import { list_empty } from './list';
import { type_of } from './nx_huge_pages';
import type { KernelOps } from './ops';
import type { Kvm, kvm_mmu_page } from './types';

const seen = new WeakMap<KernelOps, KernelOps>();

/** The same table of functions, with each call that accounts or unaccounts a page recorded for the properties. */
export function with_bookings(ops: KernelOps): KernelOps {
  let recorded = seen.get(ops);
  if (!recorded) {
    recorded = {
      ...ops,
      account_nx_huge_page(kvm, sp, possible) {
        record(kvm, sp, 'account_nx_huge_page', () => ops.account_nx_huge_page(kvm, sp, possible));
      },
      unaccount_nx_huge_page(kvm, sp) {
        record(kvm, sp, 'unaccount_nx_huge_page', () => ops.unaccount_nx_huge_page(kvm, sp));
      },
      tdp_mmu_account(kvm, sp) {
        record(kvm, sp, 'account of a TDP page', () => ops.tdp_mmu_account(kvm, sp));
      },
      tdp_mmu_unlink_sp(kvm, sp) {
        record(kvm, sp, 'tdp_mmu_unlink_sp', () => ops.tdp_mmu_unlink_sp(kvm, sp));
      },
    };
    seen.set(ops, recorded);
    // Of a VM that is made beside another, which has this table.
    seen.set(recorded, recorded);
  }
  return recorded;
}

function record(kvm: Kvm, sp: kvm_mmu_page, what: string, call: () => void): void {
  const listed_before = !list_empty(sp.possible_nx_huge_page_link);
  const before = kvm.books.map((book) => book.nr_pages);
  call();
  const changes = kvm.books.map((book, i) => book.nr_pages - (before[i] ?? 0));
  const listed_after = !list_empty(sp.possible_nx_huge_page_link);
  kvm.record.bookings.push({ what, type: type_of(sp), listed_before, listed_after, changes });
}
