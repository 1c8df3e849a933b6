import { list_length } from '../kernel/list';
import { is_current_sp } from '../kernel/sp';
import { EXEC, is_large_pte, is_shadow_present_pte } from '../kernel/spte';
import type { Kvm, kvm_mmu_page, U64 } from '../kernel/types';
import { made_of_each } from '../world/repeat';

export interface ListAudit {
  /** Number of pages on the list, counted by walking it; null if the walk does not reach the end. */
  length: number | null;
  readonly pages: kvm_mmu_page[];
  /** The list's counter. */
  counter: U64;
}

/**
 * The implementation's lists and counters, beside what walking them finds. One walk after each command, shared by all
 * properties.
 */
export interface Audit {
  readonly lists: readonly ListAudit[];
  stat: U64;
  /** Number of leaves of each size in all allocated tables. */
  readonly leaves: [number, number, number];
  /** Number of pages of the shadow MMU and of the TDP MMU, without roots. */
  shadow_pages: number;
  tdp_pages: number;
  /** A table that a vCPU may reach and that has an executable leaf above 4K; null if there is none. */
  executable_huge: kvm_mmu_page | null;
}

/** An audit that is filled again after every command, without allocations. */
export function new_audit(kvm: Kvm): Audit {
  const lists = made_of_each(kvm.lists, () => ({ length: 0, pages: [], counter: 0 }));
  return { lists, stat: 0, leaves: [0, 0, 0], shadow_pages: 0, tdp_pages: 0, executable_huge: null };
}

export function fill_audit(audit: Audit, kvm: Kvm): void {
  audit.stat = kvm.stat.nx_lpage_splits;
  for (const size of [0, 1, 2] as const) audit.leaves[size] = 0;
  audit.shadow_pages = 0;
  audit.tdp_pages = 0;
  audit.executable_huge = null;
  for (const sp of kvm.sps) audit_page(audit, kvm, sp);
  for (let list = 0; list < kvm.lists.length; list++) audit_list(audit.lists[list] as ListAudit, kvm, list);
}

function audit_page(audit: Audit, kvm: Kvm, sp: kvm_mmu_page): void {
  if (!sp.is_root) {
    if (sp.tdp_mmu_page) audit.tdp_pages++;
    else audit.shadow_pages++;
  }
  for (let index = 0; index < sp.spt.length; index++) {
    const spte = sp.spt[index] as number;
    if (!is_shadow_present_pte(spte) || sp.child[index]) continue;
    if (!is_large_pte(spte)) audit.leaves[0]++;
    else {
      audit.leaves[sp.is_root ? 2 : 1]++;
      if (spte & EXEC && (kvm.paused.length === 0 || is_current_sp(kvm, sp))) audit.executable_huge = sp;
    }
  }
}

function audit_list(list: ListAudit, kvm: Kvm, index: number): void {
  const { pages: head, nr_pages } = kvm.lists[index] as Kvm['lists'][number];
  list.counter = nr_pages;
  while (list.pages.length > 0) list.pages.pop();
  // A zeroed head would make list_add_tail() crash, but nothing has been added yet.
  const untouched = head.next === null && head.prev === null;
  list.length = untouched ? 0 : list_length(kvm, head, list.pages);
}
