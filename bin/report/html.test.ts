/** What reports hold, without a browser: see bin/view/page.test.ts for how they look. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Terminal } from '../../harness/cli/cli';
import { call } from '../tests/terminal.fixture';
import type { Report } from '../view/data';
import { kept_report } from './html';

const folder = mkdtempSync(join(tmpdir(), 'reports-'));
const report = join(folder, 'report.html');
afterAll(() => rmSync(folder, { recursive: true }));

const BYTES_AT_MOST = 3 * 2 ** 20;

/** The data in a report. */
const report_in = (file: string): Report =>
  JSON.parse(/<script type="application\/json" id="report">(.*)<\/script>/.exec(readFileSync(file, 'utf8'))?.[1] ?? '');

const silent: Terminal = {
  out: () => {},
  err: () => {},
  progress: () => {},
  now: () => 0,
  env: {},
  signal: new AbortController().signal,
};

test('a file that cannot be written is told before anything runs', async () => {
  const nowhere = join(folder, 'nowhere', 'report.html');
  for (const file of [nowhere, folder]) {
    const { code, out, err } = await call(['check', 'V1', '--cases', '5', '--html', file]);
    expect({ code, out, err }).toEqual({ code: 2, out: [], err: [expect.stringContaining(file)] });
  }
  expect(await call(['play', nowhere])).toMatchObject({ code: 2, err: [expect.stringContaining('ENOENT')] });
});

const EXAMPLES = join(__dirname, '..', 'tests', 'implementations');

test('a report holds what the call has found', async () => {
  const { code, err } = await call(['check', 'V1', 'v6.18', '--cases', '30', '--seed', 'main', '--html', report]);
  expect({ code, err }).toEqual({ code: 0, err: [`report: ${report}`] });
  expect(statSync(report).size).toBeLessThan(BYTES_AT_MOST);
  const { lines, shown, heat, spread } = report_in(report);
  expect(lines.map(({ variant, known, as_expected }) => [variant, known.length, as_expected])).toEqual([
    ['V1', 2, true],
    ['v6.18', 0, true],
  ]);
  expect(shown.map(({ variant, run }) => [variant, run])).toEqual([['V1', null]]);
  expect(heat).toMatchObject({ variants: ['V1'], from: expect.stringContaining('one seed (main)') });
  expect(heat?.cells.flat().every((n) => n !== null && n <= 30)).toBe(true);
  expect(spread.map(({ shares }) => shares.length > 5)).toEqual([true, true, true]);
});

test('a report is made again and again: one that is there is replaced, by a whole one', async () => {
  const again = join(folder, 'again.html');
  writeFileSync(again, 'of last week');
  expect((await call(['replay', 'main:0', '--variant', 'V1', '--html', again])).code).toBe(0);
  expect(readFileSync(again, 'utf8')).toContain('</html>');
});

test.each([
  [
    'explore V1 --depth 2',
    (one: Report) => one.tables[0]?.rows[0]?.join(' '),
    /no program of up to 2 commands breaks any other/,
  ],
  ['matrix V1 --seeds 2 --cases 100', (one: Report) => one.heat?.from, /median over 2 seeds/],
  [
    `conform ${join('models', 'traces', 'linux-7.3.4-mixed.jsonl')}`,
    (one: Report) => one.tables[0]?.rows[0]?.[2],
    /as recorded/,
  ],
] as const)('%s writes one, too', async (words, part, expected) => {
  const file = join(folder, 'other.html');
  const { code } = await call([...words.split(' '), '--html', file]);
  const told = report_in(file);
  expect({ code, told: told.code }).toEqual({ code: 0, told: 0 });
  expect(told.call).toBe(`kvm-nx-harness ${words}`);
  expect(part(told)).toMatch(expected);
  expect(statSync(file).size).toBeLessThan(BYTES_AT_MOST);
});

test("what a user's own implementation breaks is there as frames: the page cannot run it", async () => {
  const own = join(EXAMPLES, 'kept', 'with-a-helper.ts');
  const file = join(folder, 'own.html');
  await call(['check', '--implementation', own, '--cases', '30', '--seed', 'main', '--html', file]);
  const { shown } = report_in(file);
  expect(shown.length).toBeGreaterThan(0);
  for (const { run, program, properties } of shown) {
    expect(run?.frames).toHaveLength(program.length);
    for (const name of properties) expect(run?.broken.map(({ property }) => property)).toContain(name);
  }
});

test('a call without words keeps a report', async () => {
  const cache = join(folder, 'cache');
  const out: string[] = [];
  const kept = kept_report({ ...silent, cache, out: (line) => out.push(line) }, 'kvm-nx-harness');
  kept?.audience.table({ title: 'a table', note: '', rows: [{ a: '1' }] });
  kept?.write(0);
  expect(out).toEqual([`report    file://${join(cache, 'last-report.html')}`]);
  expect(report_in(join(cache, 'last-report.html')).tables).toMatchObject([{ title: 'a table', rows: [['1']] }]);
});
