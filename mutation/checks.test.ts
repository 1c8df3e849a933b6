import { CHECKS } from './checks';

const campaigns = CHECKS.filter(({ name }) => name.endsWith('and all goals'));
const broken = CHECKS.filter(({ name }) => name.endsWith('violates all that it is expected to violate'));

// After a change of the generator, some goal or defect may be reached later. Then the checks fail without a mutant, and no
// run starts.
test.each([...campaigns, ...broken])('without a mutant the check passes: $name', ({ run }) => {
  expect(run()).toBeNull();
});

test('there are more than five such campaigns, and thirty defects', () => {
  expect(campaigns.length).toBeGreaterThan(5);
  expect(broken.length).toBeGreaterThan(30);
});
