import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUITE } from '../bin/kvm/suite';
import { CallError } from '../harness/errors';
import { read_regression, read_regressions, replay } from '../harness/regression/regression';

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
  if (!regression) throw new Error('the regression of the bug of 2020 is missing');
  const property = 'to-zap-nonzero-when-splits-exist';
  expect(replay(SUITE, { ...regression, violates: { 'v6.18': property } })).toEqual([
    `${regression.name}: v6.18 does not break ${property}`,
  ]);
  expect(replay(SUITE, { ...regression, holds: ['V1'] }).join()).toContain('V1 breaks');
  const longer = [...regression.program, ...regression.program];
  expect(replay(SUITE, { ...regression, program: longer }).join()).toContain('not at the last');
});

describe('a fixture that is wrong: the file, and what is wrong in it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const good = { program: ['recover ratio=1'], violates: {}, holds: ['v6.18'], postmortem: 'none' };
  const read = (text: string) => {
    const file = join(folder, 'fixture.json');
    writeFileSync(file, text);
    return () => read_regression(SUITE, file);
  };

  test('a good one is read', () => {
    expect(read(JSON.stringify(good))().name).toBe('fixture');
  });

  test.each([
    ['not JSON', '{', 'is not JSON'],
    ['a field missing', JSON.stringify({ ...good, postmortem: undefined }), 'postmortem'],
    ['a field too many', JSON.stringify({ ...good, colour: 'red' }), 'colour'],
    ['no command', JSON.stringify({ ...good, program: [] }), 'program'],
    ['an unknown command', JSON.stringify({ ...good, program: ['reboot'] }), 'no command "reboot"; known: '],
    [
      'out of range',
      JSON.stringify({ ...good, program: ['invalidate page=32'] }),
      'page=32 is not a whole number from 0 to 31',
    ],
    ['an unknown variant', JSON.stringify({ ...good, holds: ['v7'] }), 'no variant "v7"; known: '],
    ['an unknown property', JSON.stringify({ ...good, violates: { V1: 'x' } }), 'no property "x"; known: '],
  ])('%s', (_, text, message) => {
    expect(read(text)).toThrow(CallError);
    expect(read(text)).toThrow(message);
    expect(read(text)).toThrow('fixture.json');
  });
});
