/** Records accounting and reclaim for the properties. No kernel code does this. */
import { list_empty } from './list';
import { type_of } from './nx_huge_pages';
import type { KernelOps } from './ops';
import { note_flood, note_needless_room, note_room, parents_of } from './reclaimed';
import type { Accounting, Kvm, kvm_mmu_page, NxList } from './types';

const seen = new WeakMap<KernelOps, KernelOps>();

/**
 * Returns the same table of functions, but each call that accounts or unaccounts a page, or makes shadow pages go that
 * no command names, is recorded for the properties.
 */
export function with_accounting(ops: KernelOps): KernelOps {
  let recorded = seen.get(ops);
  if (!recorded) {
    recorded = {
      ...ops,
      account_nx_huge_page(kvm, sp, possible) {
        const accounting = begin_accounting(kvm, sp, 'account_nx_huge_page');
        ops.account_nx_huge_page(kvm, sp, possible);
        end_accounting(kvm, sp, accounting);
      },
      unaccount_nx_huge_page(kvm, sp) {
        const accounting = begin_accounting(kvm, sp, 'unaccount_nx_huge_page');
        ops.unaccount_nx_huge_page(kvm, sp);
        end_accounting(kvm, sp, accounting);
      },
      tdp_mmu_account(kvm, sp) {
        const accounting = begin_accounting(kvm, sp, 'account of a TDP page');
        ops.tdp_mmu_account(kvm, sp);
        end_accounting(kvm, sp, accounting);
      },
      tdp_mmu_unlink_sp(kvm, sp) {
        const accounting = begin_accounting(kvm, sp, 'tdp_mmu_unlink_sp');
        ops.tdp_mmu_unlink_sp(kvm, sp);
        end_accounting(kvm, sp, accounting);
      },
      kvm_mmu_zap_oldest_mmu_pages(kvm, nr_to_zap) {
        // Every fault of the shadow MMU calls this, and it seldom has anything to zap: then no copy of `sps` is made.
        if (nr_to_zap > 0) {
          const before = kvm.sps.slice();
          const above = parents_of(kvm);
          ops.kvm_mmu_zap_oldest_mmu_pages(kvm, nr_to_zap);
          note_room(kvm, before, above);
        } else {
          const { length } = kvm.sps;
          ops.kvm_mmu_zap_oldest_mmu_pages(kvm, nr_to_zap);
          if (kvm.sps.length < length) note_needless_room(kvm, length - kvm.sps.length);
        }
      },
      kvm_mmu_track_write(kvm, mmu, root, index) {
        const before = kvm.sps.slice();
        ops.kvm_mmu_track_write(kvm, mmu, root, index);
        note_flood(kvm, before, mmu, root);
      },
    };
    seen.set(ops, recorded);
    // For a VM created beside another, which already has the recording table.
    seen.set(recorded, recorded);
  }
  return recorded;
}

function begin_accounting({ lists }: Kvm, sp: kvm_mmu_page, what: string): Accounting {
  const listed = !list_empty(sp.possible_nx_huge_page_link);
  const changes: number[] = [];
  for (const { nr_pages } of lists) changes.push(-nr_pages);
  return { what, type: type_of(sp), listed_before: listed, listed_after: listed, changes };
}

function end_accounting({ lists, record }: Kvm, sp: kvm_mmu_page, accounting: Accounting): void {
  accounting.listed_after = !list_empty(sp.possible_nx_huge_page_link);
  for (let list = 0; list < lists.length; list++)
    accounting.changes[list] = change_of(lists[list] as NxList, accounting, list);
  record.accountings.push(accounting);
}

/** `changes` starts as the negated counters before the call. */
const change_of = ({ nr_pages }: NxList, { changes }: Accounting, list: number): number =>
  nr_pages + (changes[list] ?? 0);
