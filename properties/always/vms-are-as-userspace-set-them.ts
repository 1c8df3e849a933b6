import type { Gfns } from '../../models/world/attributes';
import { always, breach } from '../claim';

/**
 * SET: whether a VM is exempt from the mitigation, and its limit of shadow pages, are what userspace has set, whatever
 * else is running; and so are the attributes of its pages, when nobody is setting any.
 */
export default always('each VM has the settings that userspace gave it', ({ kvm, ref, quiescent }) => {
  const { disable_nx_huge_pages: exempt, n_max_mmu_pages: pages } = kvm;
  if (exempt !== ref.exempt)
    return breach(exempt ? 'exempt from the mitigation' : 'not exempt', ref.exempt ? 'exempt' : 'not exempt');
  if (pages !== ref.mmu_pages) return breach(`up to ${pages} shadow pages`, `up to ${ref.mmu_pages}`);
  const [got, want] = [kvm.mem_attr_array, ref.are_private];
  if (!quiescent || are_the_same(got, want)) return null;
  return breach(`private: ${gfns_text(got)}`, gfns_text(want));
});

const are_the_same = (one: Gfns, other: Gfns): boolean =>
  one.length === other.length && one.every((gfn, i) => gfn === other[i]);

const gfns_text = (gfns: Gfns): string => (gfns.length > 0 ? `gfn ${gfns.join(', ')}` : 'no page');
