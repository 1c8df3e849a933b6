/**
 * Shadow pages: allocation, roles, writes to SPTEs, freeing. Models arch/x86/kvm/mmu/mmu.c, tdp_mmu.c and spte.c, 5.5
 * to 7.3.
 */
import { with_target } from '../world/entries';
import { copies_of } from '../world/repeat';
import { type AddressSpace, is_nested, type Mmu, PG_LEVEL_4K, type Tree } from '../world/world';
import { KernelOops, warn } from './fault';
import { begin_sp } from './generated/begin';
import { initialised_list_head } from './list';
import { assert_may_write_sptes } from './lock';
import {
  ACC_ALL,
  EXEC,
  is_leaf,
  is_nx_huge_page_enabled,
  is_shadow_present_pte,
  is_table,
  make_spte,
  spte_gfn,
  WRITE,
} from './spte';
import { note_leaf_zap, note_table_zap } from './targets';
import { all_grant, check_tlbs, note_unflushed } from './tlb';
import type { Kvm, kvm_mmu_page } from './types';

export interface NewPage {
  readonly gfn: number;
  readonly level: number;
  readonly direct: boolean;
  /** The MMU whose accesses it serves. */
  readonly mmu: Mmu;
  readonly access: number;
  readonly tdp_mmu_page: boolean;
  readonly is_root: boolean;
  readonly entries: number;
}

/** The MMU whose accesses a shadow page serves, by its role. The role is the same for both nested guests. */
export const mmu_of = ({ role }: kvm_mmu_page): Mmu => (role.guest_mode ? 'shadow' : role.smm ? 'smm' : 'tdp');

/** Whether the page shadows a page directory of L1. */
export const shadows_directory = ({ role, is_root }: kvm_mmu_page): boolean => !role.direct && !is_root;

/** The page's tree. Pages of nested guests that grant no writes, or shadow a page directory, have trees of their own. */
export const tree_of = (sp: kvm_mmu_page): Tree =>
  !sp.role.guest_mode
    ? mmu_of(sp)
    : sp.role.access !== ACC_ALL
      ? 'shadow_clean'
      : shadows_directory(sp)
        ? 'shadow_2m'
        : 'shadow';

/** The level of the table where the page is linked, whatever its role says. */
export function standing_level(sp: kvm_mmu_page): number {
  if (!sp.tdp_mmu_page) return sp.role.level;
  return sp.parent_ptes[0]?.sp.is_root ? 2 : 1;
}

/** kvm_mmu_page_as_id(). */
export const kvm_mmu_page_as_id = ({ role }: kvm_mmu_page): AddressSpace => (role.smm ? 1 : 0);

const empty_sptes = copies_of<number>(0);
const no_children = copies_of<kvm_mmu_page | null>(null);

function new_sp(id: number, page: NewPage, mmu_valid_gen: number): kvm_mmu_page {
  const link = initialised_list_head(null);
  const sp = begin_sp({
    id,
    age: id,
    role: {
      level: page.level,
      direct: page.direct,
      guest_mode: is_nested(page.mmu),
      smm: page.mmu === 'smm',
      access: page.access,
    },
    tdp_mmu_page: page.tdp_mmu_page,
    is_root: page.is_root,
    gfn: page.gfn,
    spt: empty_sptes(page.entries),
    child: no_children(page.entries),
    possible_nx_huge_page_link: link,
    mmu_valid_gen,
  });
  link.page = sp;
  return sp;
}

/** A fresh, empty shadow page, appended to the VM's pages (`active_mmu_pages` and `tdp_mmu_pages`). */
export function alloc_sp(kvm: Kvm, page: NewPage): kvm_mmu_page {
  const sp = new_sp(kvm.next_id++, page, kvm.mmu_valid_gen);
  kvm.sps.push(sp);
  if (!page.is_root) {
    if (page.tdp_mmu_page) kvm.ops.tdp_account_mmu_page(kvm, sp);
    else kvm.ops.kvm_mod_used_mmu_pages(kvm, 1);
  }
  return sp;
}

const BLANK: NewPage = {
  gfn: 0,
  level: 0,
  direct: true,
  mmu: 'tdp',
  access: ACC_ALL,
  tdp_mmu_page: false,
  is_root: false,
  entries: 0,
};

/** A shadow page whose contents will be overwritten. */
export const blank_sp = (): kvm_mmu_page => new_sp(0, BLANK, 0);

/** Removes the page from the VM's pages, before it is freed. */
export function forget_sp(kvm: Kvm, sp: kvm_mmu_page): void {
  const at = kvm.sps.indexOf(sp);
  if (at < 0) throw new KernelOops(`list_del of shadow page ${sp.id}, which is not among the VM's pages`);
  const { pass } = kvm.running;
  if (pass) note_table_zap(kvm, pass, sp);
  kvm.running.zapped = true;
  // The same effect as splice(), which would allocate an array for what it removes. copyWithin() is slower.
  for (let i = at + 1; i < kvm.sps.length; i++) kvm.sps[i - 1] = kvm.sps[i] as kvm_mmu_page;
  kvm.sps.pop();
  kvm.to_be_freed++;
  if (sp.is_root) return;
  if (sp.tdp_mmu_page) kvm.ops.tdp_unaccount_mmu_page(kvm, sp);
  else kvm.ops.kvm_mod_used_mmu_pages(kvm, -1);
}

/** Whether a vCPU may still reach the page. False below a root whose teardown is paused. */
export function is_current_sp(kvm: Kvm, sp: kvm_mmu_page): boolean {
  if (!sp.tdp_mmu_page) return sp.mmu_valid_gen === kvm.mmu_valid_gen;
  let root = sp;
  while (root.parent_ptes[0]) root = root.parent_ptes[0].sp;
  return root === kvm.roots[mmu_of(root)];
}

/** Frees pages. A vCPU that could still reach one of them would walk memory that is no longer KVM's. */
export function free_sps(kvm: Kvm, sps: readonly kvm_mmu_page[]): void {
  check_tlbs(kvm, 'its page table was freed');
  for (const sp of sps) {
    if (sp.freed) warn(kvm, 'PRIMITIVE', `shadow page ${sp.id} is freed twice`);
    else kvm.to_be_freed--;
    for (const { sp: needed, thread } of kvm.paused) {
      if (needed === sp) warn(kvm, 'PRIMITIVE', `shadow page ${sp.id} is freed while the ${thread} is at work on it`);
    }
    sp.freed = true;
  }
}

/**
 * No operation is running or paused: every page that was removed from the VM's pages must be free by now, or it never
 * will be.
 */
export function check_leaks(kvm: Kvm): void {
  if (kvm.to_be_freed !== 0)
    warn(kvm, 'PRIMITIVE', `${kvm.to_be_freed} shadow pages have leaked: not in use and not freed`);
  kvm.to_be_freed = 0;
}

/**
 * Writes an SPTE and updates the counters that depend on it (kvm_update_page_stats()). The caller updates the links.
 */
export function write_spte(
  kvm: Kvm,
  sp: kvm_mmu_page,
  index: number,
  level: number,
  spte: number,
  child: kvm_mmu_page | null = null,
): void {
  if (sp.freed) throw new KernelOops(`an SPTE is written in shadow page ${sp.id}, which has been freed`);
  const old = sp.spt[index] ?? 0;
  const { running } = kvm;
  // fast_page_fault() makes a leaf writable without holding a lock.
  if ((spte & ~WRITE) !== (old & ~WRITE)) assert_may_write_sptes(kvm, sp.tdp_mmu_page);
  if (is_leaf(old, level)) {
    kvm.stat.pages[(level - 1) as 0 | 1 | 2]--;
    if (running.pass) note_leaf_zap(kvm, running.pass, sp, index, level);
  }
  if (is_leaf(spte, level)) kvm.stat.pages[(level - 1) as 0 | 1 | 2]++;
  if (is_shadow_present_pte(old) && loses_rights(old, spte, level, child)) {
    running.tlb_suspect = true;
    running.zapped = true;
    if (running.pass) note_unflushed(kvm, running.pass, spte_gfn(kvm.world.fan_out, sp, level, index), level);
  }
  sp.spt[index] = spte;
  sp.child[index] = child;
  if (spte === 0 && sp.shadowed_translation !== 0) {
    sp.shadowed_translation = with_target(sp.shadowed_translation, index, index);
  }
}

/**
 * RIGHTS: the leaf that a fault makes grants exactly what it may. The kernel has no such check: it relies on
 * make_spte().
 */
export function check_leaf(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number, access: number): void {
  const spte = sp.spt[index] ?? 0;
  const want = make_spte(level, access, is_nx_huge_page_enabled(kvm));
  if (spte !== want) warn_of_rights(kvm, sp, index, level, want);
}

/** A function of its own, because it runs only for findings: V8 inlines small functions. */
function warn_of_rights(kvm: Kvm, sp: kvm_mmu_page, index: number, level: number, want: number): void {
  const spte = sp.spt[index] ?? 0;
  const where = `the leaf of level ${level} at gfn ${spte_gfn(kvm.world.fan_out, sp, level, index)} (${tree_of(sp)})`;
  warn(kvm, 'RIGHTS', `${where} is ${rights_text(spte)}, not ${rights_text(want)}`);
}

/** The rights that an SPTE grants, in words. */
const rights_text = (spte: number): string =>
  `${spte & WRITE ? 'writable' : 'read-only'} and ${spte & EXEC ? 'executable' : 'not executable'}`;

/** A table over a huge leaf takes rights away unless it grants all that the leaf did: whoever fills it first owes no flush. */
function loses_rights(old: number, spte: number, level: number, child: kvm_mmu_page | null): boolean {
  if (level > PG_LEVEL_4K && is_table(old, level)) return true;
  if (level > PG_LEVEL_4K && is_table(spte, level)) return child !== null && !all_grant(child, old & ACC_ALL);
  return (old & ~spte & ACC_ALL) !== 0;
}
