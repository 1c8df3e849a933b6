import { unmet } from '../../harness/expectation';
import { TEST_BED } from '../expectation';
import { BEHAVIOURS } from './behaviours';

/** The mutation run relies on the behaviours and takes long, so every change checks that they hold. */
test.each(BEHAVIOURS)('$name', (behaviour) => {
  expect(unmet(TEST_BED, behaviour)).toBeNull();
});
