/** A campaign that was killed goes on from its journal, and finds what one finds that nobody has killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { call } from './terminal.fixture';

const program = join(__dirname, '..', '..', 'dist', 'bin', 'kvm-nx-harness.js');
const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
const env = { ...process.env, XDG_CACHE_HOME: folder };
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const text_of = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};
const has = (text: string, what: RegExp): number => [...text.matchAll(new RegExp(what, 'g'))].length;

/** What is the same whenever it is run. */
const without_times = (text: string) => text.replace(/, \d+ k\/s\)/g, ')');

const LANE = /"lane":/;
const SHRUNK = /"program":\["/;

/** Runs a call; ends it with SIGKILL when its journal has this once more. Returns what it printed, null if it was killed. */
async function run(words: readonly string[], file: string, kill_at: RegExp | null): Promise<string | null> {
  const before = kill_at && has(text_of(file), kill_at);
  const child = spawn(process.execPath, [program, ...words], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = once(child, 'close');
  let out = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data;
  });
  while (kill_at && has(text_of(file), kill_at) === before && child.exitCode === null) await setTimeout(5);
  if (kill_at) child.kill('SIGKILL');
  const [code, signal] = await ended;
  if (signal === null) expect(code).toBe(0);
  return signal === null ? out : null;
}

test('killed at several moments, it comes to the same', async () => {
  const file = path('killed.jsonl');
  const words = ['check', 'V1', 'v6.18', '--seed', 's', '--cases', '1500', '--transitions', '20000'];
  const whole = await run(words, file, null);
  const long = [...words, '--journal', file];
  let killed = 0;
  for (const moment of [/"process":/, LANE, LANE, SHRUNK]) {
    if ((await run(long, file, moment)) === null) killed++;
    // Each goes on: it does not run again what is noted.
    expect(has(text_of(file), /"lane":0,"next":32,/)).toBeLessThanOrEqual(1);
  }
  // The last may have ended before it came to that.
  expect(killed).toBeGreaterThanOrEqual(3);
  const end = await run(long, file, null);
  expect(without_times(end ?? '')).toBe(without_times(whole ?? ''));
}, 120_000);

describe('of processes that begin at once, one writes, and the others are told', () => {
  const words = ['check', 'V1', '--cases', '400', '--seed', 'a', '--transitions', '1000', '--json'];
  const begun = async (file: string) => {
    const child = spawn(process.execPath, [program, ...words, '--journal', file], {
      env,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (data: Buffer) => {
      err += data;
    });
    const [code] = await once(child, 'close');
    return { code, err };
  };

  test.each([
    ['a new journal', 'together.jsonl', false],
    ['a good one', 'again.jsonl', true],
  ])('%s', async (_, name, is_there) => {
    const file = path(name);
    if (is_there) await begun(file);
    const all = await Promise.all([begun(file), begun(file)]);
    const codes = all.map(({ code }) => code).sort();
    expect([codes, all.map(({ err }) => err)]).toEqual([[0, 2], expect.anything()]);
    for (const { code, err } of all)
      if (code === 2)
        expect(err).toMatch(/^.*jsonl is still written by process \d+: wait until it has ended, or end it\n$/);
    for (const line of text_of(file).trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ version: 1 });
    expect(readdirSync(folder).filter((one) => one.endsWith('.claim'))).toEqual([]);
    expect((await begun(file)).code).toBe(0);
  });

  test.each([[['explore', 'V1', '--depth', '2']], [['matrix', 'V1', '--seeds', '1', '--cases', '50']]])(
    '%j, which does not go on',
    async (others) => {
      const file = path(`${others[0]}.jsonl`);
      const begin = () => call([...others, '--journal', file]);
      const all = await Promise.all([begin(), begin()]);
      expect(all.map(({ code }) => code).sort()).toEqual([0, 2]);
    },
  );
});

test('the time is that of all runs together, and the seed that was drawn stays', async () => {
  const file = path('time.jsonl');
  let clock = 0;
  // Each look at the clock takes a while.
  const now = () => ++clock * 5;
  const words = ['check', 'v6.18', '--time', '3s', '--journal', file];
  const interrupt = new AbortController();
  const interrupting = () => {
    if (clock > 300) interrupt.abort();
    return now();
  };
  expect((await call(words, { now: interrupting, signal: interrupt.signal })).code).toBe(130);
  const spent = () => Number([...text_of(file).matchAll(/"spent":([\d.]+)/g)].at(-1)?.[1]);
  expect(spent()).toBeGreaterThan(1.4);
  expect(spent()).toBeLessThan(2);
  const began = clock;
  const end = await call(words, { now });
  expect(spent()).toBeGreaterThan(2.9);
  expect((clock - began) * 5).toBeLessThan(2000);
  const [, programs] = /\((\d+) programs/.exec(end.out.join('\n')) ?? [];
  expect(Number(programs)).toBeGreaterThan(300);
  expect(end.out).toContainEqual(expect.stringMatching(/^check: 1 variant, 3s for all, seed t/));
  // Nothing is left to do: the same programs.
  const all = await call(words, { now });
  expect(without_times(all.out.join('\n'))).toBe(without_times(end.out.join('\n')));
});

describe('in one process', () => {
  const words = ['check', 'V1', '--cases', '40', '--seed', 's', '--transitions', '1'];
  const file = path('mine.jsonl');
  const again = (...other: string[]) => call([...(other.length > 0 ? other : words), '--journal', file]);
  let whole: Awaited<ReturnType<typeof call>>;
  beforeAll(async () => {
    whole = await call(words);
  });
  beforeEach(async () => {
    rmSync(file, { force: true });
    expect(await again()).toEqual(whole);
  });
  const lines = () => text_of(file).trimEnd().split('\n');
  const GOES_ON = [expect.stringMatching(/^going on with .*mine\.jsonl: 40 programs were run before, in 0 s$/)];

  test('what is shown of it may be another', async () => {
    expect(await again(...words, '--json')).toMatchObject({ code: 0, err: expect.arrayContaining(GOES_ON) });
  });

  test.each<[string, (text: string) => string]>([
    ['the last line is torn', (text) => `${text}{"version":1,"lane":0,"nex`],
    ['the last line lacks its end', (text) => text.slice(0, -1)],
    ['the disk has zeros', (text) => `${text}${'\0'.repeat(300)}`],
  ])('%s', async (_, change) => {
    writeFileSync(file, change(text_of(file)));
    expect(await again()).toEqual({ ...whole, err: GOES_ON });
    for (const line of lines()) expect(JSON.parse(line)).toMatchObject({ version: 1 });
    expect(await again()).toEqual({ ...whole, err: GOES_ON });
  });

  test.each<[string, number]>([
    ['nothing', 0],
    ['a bit of the first line', 15],
    ['most of the first line', 60],
  ])('it was killed when it had written %s', async (_, bytes) => {
    truncateSync(file, bytes);
    expect(await again()).toEqual(whole);
    expect(await again()).toEqual({ ...whole, err: GOES_ON });
  });

  test('it was killed when it had written who it is, and no more', async () => {
    writeFileSync(file, `${lines()[0]}\n`);
    expect(await again()).toEqual(whole);
  });

  test.each<[string[], RegExp]>([
    [
      ['check', 'V1', '--cases', '41', '--seed', 's', '--transitions', '1'],
      /another run: the options are .*40.* and .*41/,
    ],
    [['check', 'V1', '--cases', '40', '--seed', 't', '--transitions', '1'], /another run: the seeds are s and t$/],
    [
      ['check', 'V2', '--cases', '40', '--seed', 's', '--transitions', '1'],
      /another run: the commands are check V1 and/,
    ],
    [['explore', 'V1', '--depth', '1'], /mine\.jsonl exists already, and is not overwritten/],
    [['check', 'V1', '--base', 'v6.18'], /mine\.jsonl exists already, and is not overwritten/],
    [['check', 'V1', '--shard', '1/2', '--json', '--seed', 's'], /mine\.jsonl exists already, and is not overwritten/],
  ])('a journal of something else: %j', async (other, line) => {
    const before = text_of(file);
    expect(await again(...other)).toEqual({ code: 2, out: [], err: [expect.stringMatching(line)] });
    expect(text_of(file)).toBe(before);
  });

  test.each<[string, () => string, RegExp]>([
    ['notes of somebody', () => 'buy milk\n', /is no journal of check, and is not overwritten/],
    ['a line of them', () => 'buy milk', /is no journal of check, and is not overwritten/],
    ['a journal of explore', () => '{"version":1,"call":["explore","V1"]}\n', /another run: explore V1$/],
    ['a line of another', () => lines().with(2, '{"version":1}').join('\n'), /mine\.jsonl:3 is no line of a journal$/],
    ['a lane too many', () => text_of(file).replaceAll('"lane":0', '"lane":7'), /:\d+ is no line of a journal$/],
    [
      'another build',
      () => text_of(file).replace(/"build":"[^"]*"/, '"build":"two"'),
      /another run: the builds are two and unknown$/,
    ],
    [
      'findings alone',
      () =>
        lines()
          .filter((line) => !/"campaign"|"lane"|"process"/.test(line))
          .join('\n')
          .concat('\n'),
      /has findings, but not how far its run has come/,
    ],
  ])('%s', async (_, text, line) => {
    writeFileSync(file, text());
    const before = text_of(file);
    expect(await again()).toEqual({ code: 2, out: [], err: [expect.stringMatching(line)] });
    expect(text_of(file)).toBe(before);
  });

  test('of two processes at once, the second is told', async () => {
    const busy = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const stat = readFileSync(`/proc/${busy.pid}/stat`, 'latin1');
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
    const [, place] = /"place":"(\w+)"/.exec(text_of(file)) ?? [];
    appendFileSync(file, `${JSON.stringify({ version: 1, process: { pid: busy.pid, start, place } })}\n`);
    expect((await again()).err).toEqual([expect.stringMatching(/is still written by process \d+: wait/)]);
    busy.kill('SIGKILL');
    await once(busy, 'exit');
    expect(await again()).toEqual({ ...whole, err: GOES_ON });
  });
});
