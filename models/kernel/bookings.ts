import { list_empty } from './list';
import { type_of } from './nx_huge_pages';
import type { KernelOps } from './ops';
import type { Booking, Kvm, kvm_mmu_page, NxBook } from './types';

const seen = new WeakMap<KernelOps, KernelOps>();

/** The same table of functions, with each call that accounts or unaccounts a page recorded for the properties. */
export function with_bookings(ops: KernelOps): KernelOps {
  let recorded = seen.get(ops);
  if (!recorded) {
    recorded = {
      ...ops,
      account_nx_huge_page(kvm, sp, possible) {
        const booking = begin_booking(kvm, sp, 'account_nx_huge_page');
        ops.account_nx_huge_page(kvm, sp, possible);
        end_booking(kvm, sp, booking);
      },
      unaccount_nx_huge_page(kvm, sp) {
        const booking = begin_booking(kvm, sp, 'unaccount_nx_huge_page');
        ops.unaccount_nx_huge_page(kvm, sp);
        end_booking(kvm, sp, booking);
      },
      tdp_mmu_account(kvm, sp) {
        const booking = begin_booking(kvm, sp, 'account of a TDP page');
        ops.tdp_mmu_account(kvm, sp);
        end_booking(kvm, sp, booking);
      },
      tdp_mmu_unlink_sp(kvm, sp) {
        const booking = begin_booking(kvm, sp, 'tdp_mmu_unlink_sp');
        ops.tdp_mmu_unlink_sp(kvm, sp);
        end_booking(kvm, sp, booking);
      },
    };
    seen.set(ops, recorded);
    // Of a VM that is made beside another, which has this table.
    seen.set(recorded, recorded);
  }
  return recorded;
}

function begin_booking({ books }: Kvm, sp: kvm_mmu_page, what: string): Booking {
  const listed = !list_empty(sp.possible_nx_huge_page_link);
  const changes: number[] = [];
  for (const { nr_pages } of books) changes.push(-nr_pages);
  return { what, type: type_of(sp), listed_before: listed, listed_after: listed, changes };
}

function end_booking({ books, record }: Kvm, sp: kvm_mmu_page, booking: Booking): void {
  booking.listed_after = !list_empty(sp.possible_nx_huge_page_link);
  for (let book = 0; book < books.length; book++)
    booking.changes[book] = change_of(books[book] as NxBook, booking, book);
  record.bookings.push(booking);
}

/** `changes` began as what the counter was, taken away. */
const change_of = ({ nr_pages }: NxBook, { changes }: Booking, book: number): number => nr_pages + (changes[book] ?? 0);
