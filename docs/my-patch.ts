import { DIV_ROUND_UP, variant } from 'kvm-nx-harness';

/** A patch under test: it means to take half of the TDP MMU's list at most, and forgets to round up. */
export default variant({
  base: 'v6.18',
  source: 'my tree',
  kernel: {
    to_zap(kvm, list, ratio) {
      const nr_pages = kvm.lists[list]?.nr_pages ?? 0;
      if (ratio === 0) return 0;
      return list === 0 ? DIV_ROUND_UP(nr_pages, ratio) : Math.floor(nr_pages / Math.max(ratio, 2));
    },
  },
});
