import { list_length } from './kernel/list';
import { EXEC, is_large_pte, is_shadow_present_pte } from './kernel/spte';
import type { Kvm, kvm_mmu_page, U64 } from './kernel/types';

export interface ListAudit {
  /** What hangs on it, by walking it; null if it cannot be walked to its end. */
  readonly length: number | null;
  readonly pages: readonly kvm_mmu_page[];
  /** What the books say. */
  readonly counter: U64;
}

/** The implementation's books beside what is really there. One walk a command, shared by all properties. */
export interface Audit {
  readonly lists: readonly ListAudit[];
  readonly stat: U64;
  /** Leaves of each size in all tables that are allocated. */
  readonly leaves: readonly [number, number, number];
  /** A table with an executable leaf above 4K, or null. */
  readonly executable_huge: kvm_mmu_page | null;
}

export function audit(kvm: Kvm): Audit {
  const leaves: [number, number, number] = [0, 0, 0];
  let executable_huge: kvm_mmu_page | null = null;
  for (const sp of kvm.sps) {
    for (let index = 0; index < sp.spt.length; index++) {
      const spte = sp.spt[index] as number;
      if (!is_shadow_present_pte(spte) || sp.child[index]) continue;
      if (!is_large_pte(spte)) leaves[0]++;
      else {
        leaves[sp.is_root ? 2 : 1]++;
        if (spte & EXEC) executable_huge = sp;
      }
    }
  }
  return { lists: kvm.books.map((_, book) => audit_list(kvm, book)), stat: kvm.stat.nx_lpage_splits, leaves, executable_huge };
}

const NONE: readonly kvm_mmu_page[] = [];

function audit_list(kvm: Kvm, book: number): ListAudit {
  const { pages: head, nr_pages: counter } = kvm.books[book] as Kvm['books'][number];
  if (head.next === head) return { length: 0, pages: NONE, counter };
  const length = list_length(kvm, head);
  const pages: kvm_mmu_page[] = [];
  for (let at = head.next; length !== null && at !== null && at !== head; at = at.next) if (at.page) pages.push(at.page);
  return { length, pages, counter };
}
