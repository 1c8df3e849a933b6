import { variant } from '../catalogue/variant';
import v1 from './V1';
import v2 from './V2';
import v4 from './V4';
import v5 from './V5';
import v6 from './V6';
import v7 from './V7';
import v9_b31 from './V9+B31';

/** The patch as posted: V5 keeps TDP pages off the list, and so hides V7 and V9. */
export default variant({
  kind: 'shipped',
  base: 'patch-v1-mended',
  source: 'PATCH 20/22 kvm: mmu: NX largepage recovery for TDP MMU, 2020-09-25',
  expect: {
    violates: [
      'to-zap-nonzero-when-splits-exist',
      'stat-equals-splits',
      'passes-flush-what-they-zap',
      'primitives-are-used-rightly',
    ],
  },
  kernel: { ...v1.kernel, ...v2.kernel, ...v4.kernel, ...v5.kernel, ...v6.kernel, ...v7.kernel, ...v9_b31.kernel },
});
