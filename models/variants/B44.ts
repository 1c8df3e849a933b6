import { variant } from '../catalogue/variant';

/**
 * On 32-bit hosts, a page that goes is minus one as an unsigned number of 32 bits, which is added to a sum of 64 bits: the
 * shrinker believes that there are four billion pages more.
 */
export default variant({
  kind: 'defect',
  base: 'v5.12',
  title: 'the sum over all VMs grows by four billion when a shadow page goes',
  source: 'fixed by d5aaad6f8342 (5.14); from reading',
  expect: { violates: ['used-pages-of-all-vms-are-summed'] },
  kernel: {
    kvm_mod_used_mmu_pages(kvm, nr) {
      kvm.n_used_mmu_pages += nr;
      kvm.params.kvm_total_used_mmu_pages += nr >>> 0;
    },
  },
});
