import { read_regressions, replay } from '../harness/regression';
import { SUITE } from '../properties/suite';

const regressions = read_regressions(SUITE);

test.each(regressions)('$name is as recorded', (regression) => {
  expect(replay(SUITE, regression)).toEqual([]);
});

test('every defect and every kernel as shipped has a regression', () => {
  const covered = new Set(regressions.flatMap(({ violates }) => Object.keys(violates)));
  const wanted = [...SUITE.variants.values()].filter(({ violates }) => violates.length > 0).map(({ name }) => name);
  expect(wanted.filter((name) => !covered.has(name))).toEqual([]);
});

test('a regression whose verdict is wrong says so', () => {
  const [regression] = regressions.filter(({ name }) => name === 'recovery-rate-from-the-wrong-counter');
  if (!regression) throw new Error('the regression of the seed is missing');
  const property = 'to-zap-nonzero-when-splits-exist';
  expect(replay(SUITE, { ...regression, violates: { 'v6.18': property } })).toEqual([
    `${regression.name}: v6.18 does not break ${property}`,
  ]);
  expect(replay(SUITE, { ...regression, holds: ['V1'] }).join()).toContain('V1 breaks');
  const longer = [...regression.parsed, ...regression.parsed];
  expect(replay(SUITE, { ...regression, parsed: longer }).join()).toContain('not at the last');
});
