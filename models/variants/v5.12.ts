import { variant } from '../catalogue/variant';
import { link_then_account } from '../kernel/tdp_mmu';

/** 5.12 to 5.15: mmu_lock is an rwlock, which TDP faults hold for read. A page is accounted after it is published. */
export default variant({
  kind: 'baseline',
  base: 'v5.10',
  source: '5.12 to 5.15, with every defect found later fixed',
  expect: 'conforms',
  kernel: { mmu_lock_is_rwlock: true, tdp_mmu_install_child: link_then_account },
});
