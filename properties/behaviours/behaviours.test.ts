import { unmet } from '../../harness/expectation';
import { TEST_BED } from '../expectation';
import { BEHAVIOURS } from './behaviours';

/** The mutation run relies on the behaviours and takes long, so every change checks that they hold. */
test.each(BEHAVIOURS)('$name', (behaviour) => {
  expect(unmet(TEST_BED, behaviour)).toBeNull();
});

test('each has a name of its own: reports of a run list them by it', () => {
  const names = BEHAVIOURS.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
