/**
 * What a user's own implementation imports by the name of this package. What is promised: each name below, and each name in the
 * modules below, stays, and means the same; a new one may join them at any time. Nothing else of the package is promised.
 *
 * - `variant` makes a file a variant. `KernelOps` is the table of functions that it may replace entries of; each entry says
 *   what it decides, which locks are held, and what the default is (`list --ops` prints them). `Contract` is for the
 *   reference's side.
 * - `Kvm`, `kvm_mmu_page`, `kvm_memory_slot`, `Operation`, … are what functions are handed: all fields, kernel's names.
 * - `warn` notes a broken rule of the kernel's own, `KernelOops` and `KernelHang` end the program, each with a verdict. `burn`
 *   is one step of a loop that might never end.
 * - `lock` (mmu_lock, slots_lock, tdp_mmu_pages_lock, SRCU, RCU) and `scheduler` (who runs when) are for functions that yield.
 * - `nx_huge_pages`, `tdp_mmu`, `mmu`, `page_fault`, `prefault`, `nested`, `memslots`, `attributes`, `dirty_log`, `mmu_limit`, `worker`,
 *   `worker_life` and `patch_v1` hold the defaults of the entries, and what those call; `sp`, `spte`, `tlb`, `list` and
 *   `DIV_ROUND_UP` are below them.
 * - `PG_LEVEL_4K`, `PG_LEVEL_2M`, `PG_LEVEL_1G`, `ROOT_LEVEL`, `MMUS`, `is_nested`, `address_space` and `backing_level` are about
 *   the machine: levels, whose access it is, what backs a slot.
 *
 * An entry is called as `kvm.ops.NAME(…)`: who replaces one sees the others that are replaced.
 */

export { type VariantFile, variant } from './catalogue/variant';
export * as mmu from './kernel/api/mmu';
export * as nx_huge_pages from './kernel/api/nx_huge_pages';
export * as tdp_mmu from './kernel/api/tdp_mmu';
export * as attributes from './kernel/attributes';
export * as dirty_log from './kernel/dirty_log';
export { burn, KernelHang, KernelOops, warn } from './kernel/fault';
export * as list from './kernel/list';
export * as lock from './kernel/lock';
export * as memslots from './kernel/memslots';
export * as mmu_limit from './kernel/mmu_limit';
export * as nested from './kernel/nested';
export type { KernelOps } from './kernel/ops';
export * as page_fault from './kernel/page_fault';
export * as patch_v1 from './kernel/patch_v1';
export * as prefault from './kernel/prefault';
export * as scheduler from './kernel/scheduler';
export * as sp from './kernel/sp';
export * as spte from './kernel/spte';
export * as tlb from './kernel/tlb';
export * from './kernel/types';
export { DIV_ROUND_UP } from './kernel/u64';
export * as worker from './kernel/worker';
export * as worker_life from './kernel/worker_life';
export type { Contract } from './spec/contract';
export type { Flags } from './world/flags';
export {
  type AddressSpace,
  address_space,
  type Backing,
  type Built,
  backing_level,
  is_nested,
  MMUS,
  type Mmu,
  type Nested,
  PG_LEVEL_1G,
  PG_LEVEL_2M,
  PG_LEVEL_4K,
  ROOT_LEVEL,
  type Tree,
  type World,
} from './world/world';
