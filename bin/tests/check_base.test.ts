import { difference_runner } from '../../harness/campaign/difference';
import { type ModelRun, model_runner } from '../../harness/campaign/model_runner';
import { compare } from '../../harness/cli/compare';
import { NO_JOURNAL } from '../../harness/cli/journal';
import { new_ledger } from '../../harness/cli/ledger';
import { CallError } from '../../harness/errors';
import { SUITE } from '../kvm/suite';
import { implementation, with_kernel } from './implementation.fixture';
import { call } from './terminal.fixture';

const few = ['--cases', '200', '--seed', 'base'];

test('a defect differs from its base: shrunk, and the reference sides with the base', async () => {
  const { code, out } = await call(['check', 'B30', '--base', 'v6.18', ...few, '--json']);
  const rows = out.map((line) => JSON.parse(line));
  expect(rows.every(({ verdict, base }) => verdict === 'different' && base === 'v6.18')).toBe(true);
  expect(rows[0]).toMatchObject({ differs: 'differs in counter shadow', reference: 'base', step: 2, length: 2 });
  expect(code).toBe(1);
});

test('as text: the table has both, and who is right', async () => {
  const { code, out } = await call(['check', 'B30', '--base', 'v6.18', ...few]);
  const text = out.join('\n');
  expect(text).toContain('2^64-1 (base: 0)');
  expect(text).toContain('verdict the reference sides with the base');
  expect(out.at(-1)).toBe('DIFFERENT: B30 and v6.18, 200 programs, seed base: see above');
  expect(code).toBe(1);
});

test('a fix differs from the defect, and the reference sides with the fix', async () => {
  const { code, out } = await call(['check', 'v6.18', '--base', 'B30', ...few, '--json']);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ reference: 'changed' });
  expect(code).toBe(1);
});

test('the same code written otherwise does not differ; columns that the base lacks are not compared', async () => {
  const file = implementation(
    'the-same',
    with_kernel('to_zap: (kvm, list, ratio) => nx_huge_pages.to_zap(kvm, list, ratio)'),
  );
  const same = await call(['check', '--implementation', file, '--base', 'v6.18', ...few]);
  expect(same.out).toEqual(['no difference: the-same and v6.18, 200 programs, seed base']);
  expect(same.code).toBe(0);
  const other = await call(['check', 'v6.2', '--base', 'v6.1', ...few, '--json']);
  for (const { differs } of other.out.map((line) => JSON.parse(line))) expect(differs).not.toContain('listed ');
});

test('an implementation of the user that forgets a list', async () => {
  const file = implementation('one-list', with_kernel('recover_nx_huge_pages: nx_huge_pages.recover_one_list'));
  const { code, out } = await call(['check', '--implementation', file, '--base', 'v6.18', ...few, '--json']);
  expect(JSON.parse(out[0] ?? '')).toMatchObject({ verdict: 'different', reference: 'base' });
  expect(code).toBe(1);
});

test.each([
  [['B30', 'V1', '--base', 'v6.18'], '--base compares one implementation, not 2'],
  [['v6.18', '--base', 'v6.18'], '--base v6.18: that is the implementation itself'],
  [['v6.18', '--base', 'v9'], 'no variant "v9"; did you mean "B9"? known: '],
  [['v6.18', '--base', 'B30', '--transitions', '9'], '--base and --transitions: '],
])('%j: %s', async (words, told) => {
  const { code, err } = await call(['check', ...words]);
  expect(err.join('\n')).toContain(told);
  expect(code).toBe(2);
});

test.each([Number.POSITIVE_INFINITY, 1000])(
  'a comparison that is broken off says why, and is no green (until %d)',
  async (until) => {
    const runner = { ...model_runner(SUITE, 'v6.18'), run: () => Promise.reject(new CallError('it does not boot')) };
    const pair = difference_runner<ModelRun>(runner, runner, { rows: ({ rows }) => rows, texts: () => [] });
    const told: string[] = [];
    const say = (line: string) => void told.push(line);
    const quiet = {
      out: say,
      err: say,
      progress: () => {},
      now: () => 0,
      env: {},
      signal: new AbortController().signal,
    };
    const asked = { changed: 'one', base: 'other', seed: 's', cases: 5, until, json: false, texts: () => [] };
    await expect(compare(pair, asked, quiet, new_ledger(), NO_JOURNAL)).rejects.toThrow('broken off: it does not boot');
    expect(told.join()).not.toContain('no difference');
  },
);
