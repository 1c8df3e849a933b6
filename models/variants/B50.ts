import { variant } from '../catalogue/variant';

/**
 * A fault keeps the number of invalidations in an int. Once that number has the int's sign, no fault equals it any more, and each
 * is tried again for ever. Kernels need 2^31 invalidations for that; the model's numbers have three bits.
 */
export default variant({
  kind: 'defect',
  base: 'v6.1',
  title: 'after very many invalidations by the host, every fault is tried again for ever',
  source: 'fixed by ba6e3fe25543 (stable updates of 6.1, August 2023); from reading',
  expect: { violates: ['guest-accesses-complete'], follows: ['stat-equals-splits'] },
  kernel: { mmu_seq_is_an_int: true },
});
