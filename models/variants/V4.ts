import { variant } from '../catalogue/variant';
import { list_empty } from '../kernel/list';
import {
  add_to_list,
  remove_from_list,
  track_possible_nx_huge_page,
  untrack_possible_nx_huge_page,
} from '../kernel/nx_huge_pages';
import { KVM_TDP_MMU } from '../kernel/types';

/** The TDP MMU never updates nx_lpage_splits, the stat that userspace reads. */
export default variant({
  kind: 'defect',
  base: 'patch-v1-fixed',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: { violates: ['stat-equals-splits', 'stat-is-the-sum-of-counters'] },
  kernel: {
    track_possible_nx_huge_page(kvm, sp, type) {
      if (type !== KVM_TDP_MMU) track_possible_nx_huge_page(kvm, sp, type);
      else if (list_empty(sp.possible_nx_huge_page_link)) add_to_list(kvm, sp, type);
    },
    untrack_possible_nx_huge_page(kvm, sp, type) {
      if (type !== KVM_TDP_MMU) untrack_possible_nx_huge_page(kvm, sp, type);
      else if (!list_empty(sp.possible_nx_huge_page_link)) remove_from_list(kvm, sp, type);
    },
  },
});
