import { CLAIMS } from './claims';
import { UNSEEN } from './unseen';

test('a property has a check for real kernels, or a reason why it has none', () => {
  const without = [...CLAIMS].flatMap(([name, { seen }]) => (seen ? [] : [name]));
  expect(Object.keys(UNSEEN).sort()).toEqual(without.sort());
});
