import { always, breach } from '../claim';

/** COUNT: `n_used_mmu_pages`, by which the shadow MMU makes room, is the number of its pages. */
export default always("n_used_mmu_pages equals the shadow MMU's pages", ({ audit, kvm: { n_used_mmu_pages } }) => {
  if (n_used_mmu_pages === audit.shadow_pages) return null;
  return breach(`n_used_mmu_pages ${n_used_mmu_pages}`, `${audit.shadow_pages}, the pages of the shadow MMU`);
});
