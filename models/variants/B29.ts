import { variant } from '../catalogue/variant';

/**
 * A TDP fault makes room for shadow pages, too, and so zaps some of them with mmu_lock held only for read
 * (CVE-2022-45869).
 */
export default variant({
  kind: 'defect',
  base: 'v6.1',
  source: 'fixed by 47b0c2e4c220 (6.1)',
  expect: { violates: ['locks-are-held'] },
  kernel: { tdp_faults_make_room: true },
});
