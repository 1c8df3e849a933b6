import { always, breach } from '../claim';

/**
 * SET: whether a VM is exempt from the mitigation, and its limit of shadow pages, are what userspace has set, whatever
 * else is running.
 */
export default always('each VM has the settings that userspace gave it', ({ kvm, ref }) => {
  const { disable_nx_huge_pages: exempt, n_max_mmu_pages: pages } = kvm;
  if (exempt !== ref.exempt)
    return breach(exempt ? 'exempt from the mitigation' : 'not exempt', ref.exempt ? 'exempt' : 'not exempt');
  return pages === ref.mmu_pages ? null : breach(`up to ${pages} shadow pages`, `up to ${ref.mmu_pages}`);
});
