import { performance } from 'node:perf_hooks';
import { this_thread } from '../harness/pool';
import { search } from '../harness/search';
import { SUITE } from './suite';

const variants = [...SUITE.variants.values()];
const campaign = (name: string, cases: number) =>
  search(SUITE, this_thread(SUITE), name, 'jest', cases, () => performance.now());

describe('each variant does exactly what is expected of it', () => {
  const defects = variants.filter(({ violates }) => violates.length > 0);
  test.each(defects)('$name violates $violates', async ({ name, violates }) => {
    const found = (await campaign(name, 300)).counterexamples.map(({ property }) => property);
    expect(found.sort()).toEqual([...violates].sort());
  });

  const conforming = variants.filter(({ violates }) => violates.length === 0);
  test.each(conforming)('$name conforms, and the search reaches every goal', async ({ name }) => {
    const { counterexamples, unreached } = await campaign(name, 1000);
    expect(counterexamples).toEqual([]);
    expect(unreached).toEqual([]);
  });
});

test('a goal that is never reached is reported', async () => {
  const goals = new Map([['never', { name: 'never', claim: 'never', reached: () => false }]]);
  const { unreached } = await search(
    { ...SUITE, goals },
    this_thread({ ...SUITE, goals }),
    'v6.18',
    'jest',
    1000,
    () => 0,
  );
  expect(unreached).toEqual(['never']);
});

test('three shards find what one run finds', async () => {
  const one = await campaign('linux-7.3', 200);
  const three = await search(SUITE, { ...this_thread(SUITE), size: 3 }, 'linux-7.3', 'jest', 200, () => 0);
  expect({ ...three, seconds: 0 }).toEqual({ ...one, seconds: 0 });
});
