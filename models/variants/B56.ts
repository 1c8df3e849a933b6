import { variant } from '../catalogue/variant';

/** A vCPU that is in its nested guest leaves it when it is destroyed, and sets MSRs through the filter of the VM: use after free. */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'vCPUs are destroyed after the MSR filter and the interrupt controllers of their VM',
  since: '5.10',
  source: 'fixed by 17bcd7144263 (6.14, and 6.12.41)',
  expect: { violates: ['primitives-are-used-rightly'] },
  kernel: { destroys_vcpus_first: false },
});
