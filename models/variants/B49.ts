import { variant } from '../catalogue/variant';

/** The TDP MMU frees a root, and all that is below it, when the last vCPU lets go of it: an SMI is enough. */
export default variant({
  kind: 'defect',
  base: 'v6.4',
  title: 'the tables of the TDP MMU go with the last vCPU that lets go of their root',
  since: '5.10',
  source: 'fixed by edbdb43fc96b (6.4)',
  expect: { violates: ['roots-outlive-their-vcpus'] },
  kernel: { tdp_roots_outlive_their_vcpus: false },
});
