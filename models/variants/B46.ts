import { variant } from '../catalogue/variant';
import { zap_in_valid_roots } from '../kernel/tdp_mmu';

/** When the host takes memory back, nothing is unmapped in roots that are being torn down, and that may take a while. */
export default variant({
  kind: 'defect',
  base: 'v5.16',
  title: 'memory that the host takes back stays mapped in a root that is being torn down',
  since: '5.13',
  source: 'fixed by d62007edf01f (5.18); from reading',
  expect: { violates: ['memory-taken-back-is-unmapped'] },
  kernel: { tdp_mmu_unmap_gfn_range: (kvm, start, end) => zap_in_valid_roots(kvm, start, end, true) },
});
