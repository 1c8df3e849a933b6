import { variant } from '../catalogue/variant';
import { slot_in_usual_address_space } from '../kernel/nx_pass';

/**
 * Recovery looks up the slot of an SMM page in the usual address space, and so misses that its own slot is
 * dirty-logged.
 */
export default variant({
  kind: 'defect',
  base: 'v6.4',
  source: 'fixed by 817fa998362d (6.4)',
  expect: { violates: ['slots-of-their-own-address-space', 'dirty-logged-tables-stay'] },
  kernel: { slot_for_recovery: slot_in_usual_address_space },
});
