import { KVM_SHADOW_MMU, variant } from 'kvm-nx-harness';

/** A defect that is expected (B30): unaccounting names the shadow MMU's book for any page. */
export default variant({
  base: 'v6.18',
  source: 'a defect that is expected',
  expect: {
    violates: [
      'to-zap-nonzero-when-splits-exist',
      'counters-match-list-length',
      'booked-under-its-own-type',
      'passes-take-their-share',
    ],
  },
  kernel: {
    unaccount_nx_huge_page(kvm, sp) {
      sp.nx_huge_page_disallowed = false;
      kvm.ops.untrack_possible_nx_huge_page(kvm, sp, KVM_SHADOW_MMU);
    },
  },
});
