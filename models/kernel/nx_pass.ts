/**
 * A run of recovery, and the record of it that the properties judge: what it takes from which list. Models the part of
 * kvm_recover_nx_huge_pages() that does so (arch/x86/kvm/mmu/mmu.c), 5.5 to 7.3.
 */
import { burn, warn, warn_on } from './fault';
import { begin_list_pass, begin_pass_record } from './generated/begin';
import { list_empty, list_first_page, list_length } from './list';
import { srcu_read_lock, srcu_read_unlock } from './lock';
import { gfn_to_memslot } from './memslots';
import { end_grace_period } from './scheduler';
import { kvm_mmu_page_as_id, standing_level, tree_of } from './sp';
import { is_shadow_present_pte } from './spte';
import { pages_below } from './targets';
import { settle_unflushed } from './tlb';
import type { Kvm, kvm_mmu_page, ListPass } from './types';
import { DIV_ROUND_UP } from './u64';

/** The number of pages that a pass at `ratio` takes from a list: ceil(pages / ratio), or 0 if recovery is off. */
export function to_zap(kvm: Kvm, list: number, ratio: number): number | bigint {
  return ratio ? DIV_ROUND_UP(kvm.lists[list]?.nr_pages ?? 0, ratio) : 0;
}

/** Begins the record of a walk over one list. Computes `to_zap`, once. */
export function begin_list(kvm: Kvm, list: number, ratio: number): ListPass {
  note_end_of_list(kvm);
  const listed = list_length(kvm, pages_of(kvm, list)) ?? 0;
  const list_pass = begin_list_pass({ list, book: list, ratio, to_zap: kvm.ops.to_zap(kvm, list, ratio), listed });
  kvm.running.pass?.lists.push(list_pass);
  kvm.running.list = list_pass;
  return list_pass;
}

export function pages_of(kvm: Kvm, list: number) {
  const found = kvm.lists[list];
  if (!found) throw new Error(`no list ${list}`);
  return found.pages;
}

/**
 * A pass has come to the end of its walk over a list. An implementation may see by itself that the list is empty, without
 * runs_dry().
 */
function note_end_of_list(kvm: Kvm): void {
  const { list } = kvm.running;
  if (list && !list.ran_dry) list.ran_dry = list_empty(pages_of(kvm, list.list));
}

/** The check that every iteration needs: whether others have emptied the list in the meantime. */
export function runs_dry(kvm: Kvm, list_pass: ListPass): boolean {
  list_pass.ran_dry = list_empty(pages_of(kvm, list_pass.list));
  return list_pass.ran_dry;
}

/** Takes the page of one iteration: the first of the list. */
export function take_first(kvm: Kvm, list_pass: ListPass): kvm_mmu_page {
  burn(kvm);
  const sp = list_first_page(pages_of(kvm, list_pass.list));
  if (sp.freed) warn(kvm, 'PRIMITIVE', `recovery takes shadow page ${sp.id} from the list after it was freed`);
  if (!sp.nx_huge_page_disallowed) warn_on(kvm, 'PRIMITIVE', `recovery takes a page that is not flagged (WARN_ON)`);
  list_pass.taken.push({
    mmu: tree_of(sp),
    level: standing_level(sp),
    gfn: sp.gfn,
    dirty: slot_in_own_address_space(kvm, sp)?.dirty_log ?? false,
    freed: sp.freed,
    own_leaves: count_leaves(sp, false),
    all_leaves: count_leaves(sp, true),
    page: sp,
    below: pages_below(sp),
    zapped: false,
  });
  return sp;
}

function count_leaves(sp: kvm_mmu_page, below: boolean): number {
  let n = 0;
  for (let index = 0; index < sp.spt.length; index++) {
    const child = sp.child[index];
    if (child) n += below ? count_leaves(child, true) : 0;
    else if (is_shadow_present_pte(sp.spt[index] ?? 0)) n++;
  }
  return n;
}

/** The slot that recovery uses for the page up to 6.3: the one at its gfn in the usual address space. */
export const slot_in_usual_address_space = (kvm: Kvm, sp: kvm_mmu_page) => gfn_to_memslot(kvm, sp.gfn, 0);

/**
 * The same since 6.4 (817fa998362d): __gfn_to_memslot(kvm_memslots_for_spte_role()), in the page's own address space.
 */
export const slot_in_own_address_space = (kvm: Kvm, sp: kvm_mmu_page) =>
  gfn_to_memslot(kvm, sp.gfn, kvm_mmu_page_as_id(sp));

/**
 * Begins a run of kvm_recover_nx_huge_pages(), and the record of it that the properties judge. Memslots do not change
 * until it ends, even where it yields.
 */
export function begin_pass(kvm: Kvm, direct: boolean): void {
  srcu_read_lock(kvm);
  const interrupted = kvm.paused.length > 0;
  const asked = direct ? Number(kvm.running.command?.args['ratio']) : kvm.params.recovery_ratio;
  if (!direct) kvm.record.clock_passes.push({ began: kvm.now, after: kvm.now - kvm.worker.last });
  kvm.running.pass = begin_pass_record({ direct, interrupted, asked });
}

export function end_pass(kvm: Kvm): void {
  srcu_read_unlock(kvm);
  const { pass } = kvm.running;
  note_end_of_list(kvm);
  if (pass) {
    settle_unflushed(kvm, pass);
    kvm.record.passes.push(pass);
  }
  kvm.running.pass = null;
  end_grace_period(kvm);
}
