import { variant } from '../catalogue/variant';
import { drop_the_lock } from '../kernel/nx_recovery';

/**
 * A pass flushes and frees what it zapped only inside its loop. If other threads empty the list while the lock is
 * dropped, the loop ends early, and the pages zapped last are neither flushed nor freed.
 */
export default variant({
  kind: 'defect',
  base: 'v5.5',
  source: 'fixed by e89505698c9f (5.10)',
  expect: {
    violates: ['passes-flush-what-they-zap', 'primitives-are-used-rightly'],
    follows: ['nothing-reachable-unflushed'],
  },
  kernel: {
    finish_pass(kvm) {
      if (kvm.running.left > 0) kvm.running.invalid_list = [];
      drop_the_lock(kvm);
    },
  },
});
