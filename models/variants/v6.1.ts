import { variant } from '../catalogue/variant';

/**
 * 6.1: when dirty logging starts, nested huge leaves are split, too. A VM may be exempt from the mitigation (since
 * 6.0).
 */
export default variant({
  kind: 'baseline',
  base: 'v5.18',
  source: '6.1, every known defect fixed',
  expect: 'conforms',
  contract: { eager_split_nested: true, vms_may_be_exempt: true },
  kernel: { eager_split: { tdp: true, nested: true }, has_exempt_vms: true },
});
