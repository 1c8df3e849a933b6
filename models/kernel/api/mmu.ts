/** What implementations import as `mmu`: the shadow MMU. */
export * from '../child_sp';
export * from '../mmio';
export * from '../mmu';
export * from '../rmap';
export * from '../shadow_split';
