import { KVM_TDP_MMU, variant } from 'kvm-nx-harness';
import { share_of } from './helpers/share';

/** A helper of its own, imported by a relative path: a pass takes less than its share of the TDP MMU's list. */
export default variant({
  base: 'v6.18',
  source: 'a helper file',
  kernel: {
    to_zap: (kvm, book, ratio) => share_of(kvm, book, book === KVM_TDP_MMU ? 2 * ratio : ratio),
  },
});
