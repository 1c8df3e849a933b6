import { unmet } from '../../harness/expectation';
import { TEST_BED } from '../expectation';
import { BEHAVIOURS } from './behaviours';

/** A mutation run rests on them, and takes long: that they hold is asked of every change. */
test.each(BEHAVIOURS)('$name', (behaviour) => {
  expect(unmet(TEST_BED, behaviour)).toBeNull();
});
