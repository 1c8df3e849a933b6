import { matrix, median_and_worst } from '../../harness/campaign/matrix';
import { this_thread } from '../../harness/pool/pool';
import { run_shard } from '../../harness/run/shard';
import { SUITE } from '../kvm/suite';
import { implementation, with_kernel } from './implementation.fixture';
import { call } from './terminal.fixture';

const few = ['--seeds', '2', '--cases', '60'];

test('a row for each defect: what catches it, how soon, and the minimal program', async () => {
  const { code, out } = await call(['matrix', 'V1', 'V4', ...few, '--certify', 'all', '--json']);
  const rows = out.map((line) => JSON.parse(line));
  expect(rows.map(({ variant }) => variant)).toEqual(['V1', 'V4']);
  for (const { variant, caught_by } of rows) {
    expect(Object.keys(caught_by).sort()).toEqual([...(SUITE.variants.get(variant)?.violates ?? [])].sort());
    for (const caught of Object.values(caught_by))
      expect(caught).toMatchObject({ missed: 0, certified: true, one_text: true });
  }
  expect(rows[0].caught_by['to-zap-nonzero-when-splits-exist']).toMatchObject({
    shortest: ['guest_exec mmu=tdp page=0 offset=0', 'recover ratio=1'],
    length: 2,
  });
  expect(code).toBe(0);
});

test('properties judged together are caught when each is judged alone', () => {
  const shard = { variants: ['V7'], seed: 'matrix-1', first: 0, of: 1, cases: 60, until: Number.POSITIVE_INFINITY };
  const together = run_shard(SUITE, shard, () => 0)['V7']?.broken ?? {};
  expect(Object.keys(together).length).toBeGreaterThan(1);
  for (const [name, property] of SUITE.properties) {
    const alone = run_shard({ ...SUITE, properties: new Map([[name, property]]) }, shard, () => 0);
    expect([name, alone['V7']?.broken[name]]).toEqual([name, together[name]]);
  }
});

test('the same for any number of threads', async () => {
  const pool = this_thread(SUITE, () => 0);
  const search = (size: number) =>
    matrix(
      SUITE,
      { ...pool, size },
      {
        variants: ['B15', 'V7'],
        seeds: ['matrix-1'],
        cases: 120,
        certify: 'none',
        transitions: 0,
        progress: () => {},
        stopped: () => false,
      },
    );
  expect(await search(3)).toEqual(await search(1));
});

test('what is not caught, or not by all that should, is said, and exit code 1', async () => {
  const { code, out } = await call(['matrix', 'B37', '--seeds', '1', '--cases', '1', '--certify', 'none']);
  expect(out).toContain('UNCAUGHT  B37: no property catches it');
  expect(out).toContain('MISSED    B37 by huge-pages-return: all seeds do not find it');
  expect(code).toBe(1);
});

test('Ctrl-C: the seeds that were complete, and exit code 130', async () => {
  const interrupt = new AbortController();
  interrupt.abort();
  const { code, out } = await call(['matrix', 'V1', ...few], { signal: interrupt.signal });
  expect(out.at(-1)).toBe('interrupted: these are the seeds that were complete');
  expect(code).toBe(130);
});

test.each([
  [['matrix', 'v5.1'], 'no variant "v5.1"; did you mean "v5.10"? known: '],
  [['matrix', '--seeds', '0'], '--seeds 0 is not a whole number from 1 to '],
  [['matrix', '--certify', 'some'], '--certify some is none of first, all, none'],
  [['matrix', '--json', '--markdown'], '--json and --markdown: one or the other, not both'],
])('%j: one line, exit code 2', async (argv, message) => {
  const { code, err } = await call(argv);
  expect(err).toHaveLength(1);
  expect(err[0]).toContain(message);
  expect(code).toBe(2);
});

test('the median is the one in the middle; what was never caught is worst', () => {
  expect(median_and_worst([3, 1, 2])).toEqual([2, 3]);
  expect(median_and_worst([3, null, 2])).toEqual([3, null]);
});

test('--implementation: what catches a defect that no file expects, and how soon', async () => {
  const file = implementation(
    'leaks',
    with_kernel('unaccount_nx_huge_page(kvm, sp) { sp.nx_huge_page_disallowed = false; }'),
  );
  const { code, out } = await call(['matrix', '--implementation', file, ...few, '--certify', 'none']);
  expect(out[0]).toMatch(/^matrix: 1 variant,/);
  expect(out.join('\n')).toMatch(/leaks +\S+ +\d+/);
  expect(out.join('\n')).not.toContain('UNEXPECTED');
  expect(code).toBe(0);
});

test('--implementation: one that nothing catches; exit code 1', async () => {
  const file = implementation('keeps-all', with_kernel('to_zap: nx_huge_pages.to_zap'));
  const { code, out } = await call(['matrix', '--implementation', file, ...few, '--certify', 'none']);
  expect(out).toContain('UNCAUGHT  keeps-all: no property catches it');
  expect(code).toBe(1);
});
