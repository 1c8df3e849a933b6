import { variant } from '../catalogue/variant';
import { pre_set_memory_attributes_of_one_page } from '../kernel/attributes';

/**
 * While the attributes of a page are being set, only faults for this page are tried again. A fault for another page of the region
 * maps a huge page over it, because the region is not known to be mixed yet. The huge page stays.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a huge page is mapped while the attributes of a part of it are changing',
  source: 'fixed by 9129633d568e (6.15); from reading',
  expect: { violates: ['leaves-fit-their-slots'] },
  kernel: { kvm_arch_pre_set_memory_attributes: pre_set_memory_attributes_of_one_page },
});
