import { variant } from 'kvm-nx-harness';
import of_5_12 from './every-entry-of-5.12';
import { account_then_link } from './written_again';

/** Every entry of the table of functions, replaced by what 5.10 has there. */
export default variant({
  base: 'v5.10',
  source: 'a copy of the defaults',
  kernel: {
    ...of_5_12.kernel,
    mmu_lock_is_rwlock: false,
    tdp_mmu_install_child: account_then_link,
    protects_huge_pages_when_cleared: false,
  },
});
