import { variant } from '../catalogue/variant';
import { KVM_SHADOW_MMU } from '../kernel/types';

/** unaccount_nx_huge_page() always changes the shadow MMU's counter, although recovery calls it for TDP pages, too. */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: "one MMU's recovery is counted on the other's list",
  since: '6.18',
  source: 'present in 6.18 to 7.3.4: unaccount_nx_huge_page() names KVM_SHADOW_MMU',
  expect: {
    violates: [
      'to-zap-nonzero-when-splits-exist',
      'counters-match-list-length',
      'accounted-under-its-own-type',
      'passes-take-their-share',
    ],
    follows: ['nothing-is-left-of-a-vm'],
  },
  kernel: {
    unaccount_nx_huge_page(kvm, sp) {
      sp.nx_huge_page_disallowed = false;
      kvm.ops.untrack_possible_nx_huge_page(kvm, sp, KVM_SHADOW_MMU);
    },
  },
});
