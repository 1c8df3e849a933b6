import { variant } from 'kvm-nx-harness';

/** A data entry: dirty logging write-protects huge leaves alone. */
export default variant({
  base: 'v6.18',
  source: 'a data entry',
  kernel: { dirty_log_start_level: 2 },
});
