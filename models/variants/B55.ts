import { variant } from '../catalogue/variant';

/**
 * A prefault that finds its slot marked invalid is tried again, without leaving srcu. Whoever deletes or moves the slot has marked it, and
 * waits for the readers of srcu that began before. So neither ends, until a signal interrupts the prefault.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a prefault waits for the slot to be gone, and the deletion of the slot for the prefault',
  since: '6.11',
  source: 'fixed by 3ccbf6f47098 (6.18); seen on 6.12.118, 6.16.12 and 6.17.13',
  expect: { violates: ['locks-are-held', 'primitives-are-used-rightly'] },
  kernel: { prefaults_retry_on_invalid_slots: true },
});
