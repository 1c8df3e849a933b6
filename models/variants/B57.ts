import { variant } from '../catalogue/variant';

/**
 * A prefault does not free the obsolete root of its vCPU: only KVM_RUN does. Faults with such a root are stale, so the prefault is tried
 * again for ever, until a signal interrupts it.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'after all has been zapped, a prefault by a vCPU that has not run since is tried again for ever',
  since: '6.11',
  source: 'fixed by 20a6cff3b283 (6.15); seen on 6.12.118',
  expect: { violates: ['guest-accesses-complete'], follows: ['huge-pages-return'] },
  kernel: { prefaults_use_obsolete_roots: true },
});
