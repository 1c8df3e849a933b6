/**
 * What a user's own implementation imports by the name of this package: `variant`, and the kernel functions and types
 * that a patch may use or replace (kernel/ops.ts is the table of those that can be replaced).
 */

export { type VariantFile, variant } from './catalogue/variant';
export * as list from './kernel/list';
export * as lock from './kernel/lock';
export * as memslots from './kernel/memslots';
export * as mmu from './kernel/mmu';
export * as mmu_limit from './kernel/mmu_limit';
export * as nx_huge_pages from './kernel/nx_huge_pages';
export type { KernelOps } from './kernel/ops';
export * as patch_v1 from './kernel/patch_v1';
export * as sp from './kernel/sp';
export * as spte from './kernel/spte';
export * as tdp_mmu from './kernel/tdp_mmu';
export * as tlb from './kernel/tlb';
export * from './kernel/types';
export { DIV_ROUND_UP } from './kernel/u64';
export * as worker from './kernel/worker';
export * as worker_life from './kernel/worker_life';
export type { Contract } from './spec/contract';
