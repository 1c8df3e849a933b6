/**
 * The limit of shadow pages, and what the shadow MMU zaps because of it (arch/x86/kvm/mmu/mmu.c, 5.5 to 7.3). Pages of
 * the TDP MMU do not count.
 */
import { warn } from './fault';
import { mmu_unlock, write_lock } from './lock';
import { kvm_mmu_prepare_zap_page, kvm_mmu_remote_flush_or_zap } from './mmu';
import { shadow_pages } from './rmap';
import type { Kvm, kvm_mmu_page } from './types';

export { DEFAULT_MMU_PAGES } from '../world/world';

/**
 * kvm_mmu_zap_oldest_mmu_pages(): zaps at least `nr_to_zap` pages, if there are so many; none if that is not a number
 * above 0. Zaps all pages of one age together, because otherwise only their addresses would decide which go. Never zaps
 * roots: vCPUs use them.
 */
export function kvm_mmu_zap_oldest_mmu_pages(kvm: Kvm, nr_to_zap: number): void {
  const invalid_list: kvm_mmu_page[] = [];
  let age = 0;
  for (const sp of shadow_pages(kvm)) {
    if (invalid_list.length >= nr_to_zap && sp.age !== age) break;
    age = sp.age;
    if (!sp.is_root && kvm.sps.includes(sp)) kvm_mmu_prepare_zap_page(kvm, sp, invalid_list);
  }
  kvm_mmu_remote_flush_or_zap(kvm, invalid_list, false);
}

/** The shrinker, up to 6.12: the host is short of memory. */
export function reclaim_shadow_pages(kvm: Kvm, nr_to_zap: number): void {
  write_lock(kvm);
  kvm.ops.kvm_mmu_zap_oldest_mmu_pages(kvm, nr_to_zap);
  mmu_unlock(kvm);
}

/**
 * kvm_mod_used_mmu_pages() since 6.13: a shadow page is made (`nr` 1), or leaves the page tables (-1). The shrinker went, and
 * with it the sum over all VMs.
 */
export function count_used_mmu_pages(kvm: Kvm, nr: number): void {
  kvm.n_used_mmu_pages += nr;
}

/** kvm_mod_used_mmu_pages() up to 6.12: also changes the sum over all VMs, which tells the shrinker how much there is. */
export function count_used_mmu_pages_and_total(kvm: Kvm, nr: number): void {
  kvm.n_used_mmu_pages += nr;
  kvm.params.kvm_total_used_mmu_pages += nr;
}

/** The number of shadow pages without roots, by a walk. `kvm.n_used_mmu_pages` is the counter. */
export function n_used_mmu_pages(kvm: Kvm): number {
  let n = 0;
  for (const sp of kvm.sps) if (!sp.tdp_mmu_page && !sp.is_root) n++;
  return n;
}

/** kvm_mmu_change_mmu_pages(): a lower limit takes effect at once. */
export function kvm_mmu_change_mmu_pages(kvm: Kvm, goal: number): void {
  write_lock(kvm);
  kvm.ops.kvm_mmu_zap_oldest_mmu_pages(kvm, kvm.n_used_mmu_pages - goal);
  kvm.n_max_mmu_pages = goal;
  mmu_unlock(kvm);
}

/**
 * A fault may build shadow pages only while there is room for one more. The kernel has no such check: it relies on
 * make_mmu_pages_available().
 */
export function check_limit(kvm: Kvm): void {
  // Quick test: `sps` also has the pages that do not count, and seldom reaches the limit.
  if (kvm.sps.length < kvm.n_max_mmu_pages) return;
  const used = n_used_mmu_pages(kvm);
  if (used < kvm.n_max_mmu_pages) return;
  warn(kvm, 'LIMIT', `a fault builds a shadow page although ${used} exist and the limit is ${kvm.n_max_mmu_pages}`);
}

/** make_mmu_pages_available(), before a fault that may need shadow pages: makes room for at least one. */
export function make_mmu_pages_available(kvm: Kvm): void {
  kvm.ops.kvm_mmu_zap_oldest_mmu_pages(kvm, kvm.n_used_mmu_pages - kvm.n_max_mmu_pages + 1);
}
