import { performance } from 'node:perf_hooks';
import { search } from '../harness/search';
import { SUITE } from './suite';

const variants = [...SUITE.variants.values()];
const campaign = (name: string, cases: number) => search(SUITE, name, 'jest', cases, () => performance.now());

describe('each variant does exactly what is expected of it', () => {
  const defects = variants.filter(({ violates }) => violates.length > 0);
  test.each(defects)('$name violates $violates', ({ name, violates }) => {
    const found = campaign(name, 300).counterexamples.map(({ property }) => property);
    expect(found.sort()).toEqual([...violates].sort());
  });

  const conforming = variants.filter(({ violates }) => violates.length === 0);
  test.each(conforming)('$name conforms, and the search reaches every goal', ({ name }) => {
    const { counterexamples, unreached } = campaign(name, 1000);
    expect(counterexamples).toEqual([]);
    expect(unreached).toEqual([]);
  });
});

test('a goal that is never reached is reported', () => {
  const goals = new Map([['never', { name: 'never', claim: 'never', reached: () => false }]]);
  const { unreached } = search({ ...SUITE, goals }, 'v6.18', 'jest', 1000, () => 0);
  expect(unreached).toEqual(['never']);
});
