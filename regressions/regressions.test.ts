import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SUITE } from '../bin/kvm/suite';
import { CallError } from '../harness/errors';
import { parse_program } from '../harness/program/text';
import { judged_on_all, read_regression, read_regressions, replay } from '../harness/regression/regression';
import { breach } from '../harness/run/property';
import type { View } from '../models/lockstep/session';

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

test('a fixture that is written says "conforming" where all that conform hold, and else who holds', () => {
  const program = parse_program(SUITE.commands, SUITE.bounds, ['recover ratio=1']);
  expect(judged_on_all(SUITE, null, program, 'stat-equals-splits')).toEqual({ violates: {}, holds: 'conforming' });
  const claim = { claim: 'it is not v5.5', after: null, detail: null, even_in_a_crash: true };
  const check = ({ variant }: View) => (variant.name === 'v5.5' ? breach('v5.5', 'another') : null);
  const suite = { ...SUITE, properties: new Map([['is-not-v5.5', { name: 'is-not-v5.5', ...claim, check }]]) };
  const { violates, holds } = judged_on_all(suite, null, program, 'is-not-v5.5');
  expect(violates).toEqual({ 'v5.5': 'is-not-v5.5' });
  expect(holds).toEqual(SUITE.conforming.filter((name) => name !== 'v5.5'));
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
    ['all that conform', 'conforming', SUITE.conforming],
    [
      'all but one',
      { conforming: true, except: { 'v5.5': 'why' } },
      SUITE.conforming.filter((name) => name !== 'v5.5'),
    ],
    ['all and others', { conforming: true, also: ['V1', 'v6.18'] }, [...SUITE.conforming, 'V1']],
    ['names, as ever', ['v6.18', 'V1'], ['v6.18', 'V1']],
  ])('holds on %s', (_, holds, names) => {
    expect(read(JSON.stringify({ ...good, holds }))().holds).toEqual(names);
  });

  test('on nobody, and violated by nobody, is refused', () => {
    expect(read(JSON.stringify({ ...good, holds: [] }))).toThrow('it checks nothing');
  });

  test('those that conform are the baselines, and none that breaks anything', () => {
    const baselines = [...SUITE.variants.values()].filter(({ kind }) => kind === 'baseline');
    expect(SUITE.conforming).toEqual(baselines.map(({ name }) => name));
    expect(baselines.filter(({ violates }) => violates.length > 0)).toEqual([]);
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
    ['an unknown variant', JSON.stringify({ ...good, holds: ['v7'] }), 'no variant "v7"; did you mean "V7"? known: '],
    [
      'holds on who knows what',
      JSON.stringify({ ...good, holds: 'all' }),
      'holds: wanted "conforming", { "conforming": true',
    ],
    [
      'an exception without a reason',
      JSON.stringify({ ...good, holds: { conforming: true, except: { 'v5.5': '' } } }),
      'holds.except.v5.5: ',
    ],
    [
      'an unknown exception',
      JSON.stringify({ ...good, holds: { conforming: true, except: { v7: 'why' } } }),
      'no variant "v7"; did you mean "V7"? known: ',
    ],
    [
      'an exception of what does not conform',
      JSON.stringify({ ...good, holds: { conforming: true, except: { V1: 'why' } } }),
      'holds: V1 does not conform, and is no exception from what does',
    ],
    [
      'another that is unknown',
      JSON.stringify({ ...good, holds: { conforming: true, also: ['v7'] } }),
      'no variant "v7"; did you mean "V7"? known: ',
    ],
    ['an unknown property', JSON.stringify({ ...good, violates: { V1: 'x' } }), 'no property "x"; known: '],
  ])('%s', (_, text, message) => {
    expect(read(text)).toThrow(CallError);
    expect(read(text)).toThrow(message);
    expect(read(text)).toThrow('fixture.json');
    expect(read(text)).not.toThrow('\n');
  });
});
