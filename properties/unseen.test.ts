import { CLAIMS } from './claims';
import { UNSEEN } from './unseen';

test('a property has a check for real kernels (seen_by_userspace), or a reason in properties/unseen.ts', () => {
  const without = [...CLAIMS].flatMap(([name, { seen }]) => (seen ? [] : [name]));
  expect(Object.keys(UNSEEN).sort()).toEqual(without.sort());
});
