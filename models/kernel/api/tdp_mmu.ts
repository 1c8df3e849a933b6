/** What implementations import as `tdp_mmu`. */
export * from '../tdp_huge_pages';
export * from '../tdp_iter';
export * from '../tdp_mmu';
export * from '../tdp_mmu_map';
