import { always, breach } from '../claim';

/** COUNT: `tdp_mmu_pages` is the number of the TDP MMU's pages. Before 6.3 there is no such counter. */
export default always("tdp_mmu_pages equals the TDP MMU's pages", ({ audit, kvm: { tdp_mmu_pages }, ref }) => {
  if (!ref.contract.counts_tdp_mmu_pages || tdp_mmu_pages === audit.tdp_pages) return null;
  return breach(`tdp_mmu_pages ${tdp_mmu_pages}`, `${audit.tdp_pages}, the pages of the TDP MMU`);
});
