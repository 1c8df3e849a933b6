import { variant } from '../catalogue/variant';

/**
 * A prefault that finds its slot marked invalid is tried again, without leaving srcu. Whoever deletes or moves the slot waits for the
 * readers of srcu before the slot is gone. So neither ends, until a signal interrupts the prefault.
 */
export default variant({
  kind: 'defect',
  base: 'v6.18',
  title: 'a prefault waits for the slot to be gone, and the deletion of the slot for the prefault',
  since: '6.11',
  source: 'fixed by 3ccbf6f47098 (6.18); from reading',
  expect: { violates: ['locks-are-held', 'primitives-are-used-rightly'] },
  kernel: { prefaults_retry_on_invalid_slots: true },
});
