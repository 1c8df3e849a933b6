import { always, breach } from '../claim';

/** SET: a VM is exempt from the mitigation, and may have so many shadow pages, as userspace has said, whatever is under way. */
export default always('each VM is as userspace has set it', ({ kvm, ref }) => {
  const { disable_nx_huge_pages: exempt, n_max_mmu_pages: pages } = kvm;
  if (exempt !== ref.exempt)
    return breach(exempt ? 'exempt from the mitigation' : 'not exempt', ref.exempt ? 'exempt' : 'not exempt');
  return pages === ref.mmu_pages ? null : breach(`up to ${pages} shadow pages`, `up to ${ref.mmu_pages}`);
});
