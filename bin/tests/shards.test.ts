/** What several processes find of a campaign is what one finds, whatever their number. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call } from './terminal.fixture';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string) => join(folder, name);
const build = { build: 'one' };

/** Writes what each shard prints to a file of its own. */
async function shards_of(of: number, words: readonly string[], name = 'shard'): Promise<string[]> {
  const files: string[] = [];
  for (let index = 1; index <= of; index++) {
    const { code, out, err } = await call([...words, '--shard', `${index}/${of}`, '--json'], build);
    expect([code, err.at(-1)]).toEqual([0, `shard ${index}/${of} is done: merge says what it comes to`]);
    const file = path(`${name}-${index}-of-${of}.json`);
    writeFileSync(file, out.map((line) => `${line}\n`).join(''));
    files.push(file);
  }
  return files;
}

const CHECK = ['check', 'V1', 'B30', 'v6.18', '--cases', '33', '--seed', 'main', '--transitions', '1000'];
const MATRIX = ['matrix', 'V1', 'V7', 'V2', '--seeds', '2', '--cases', '60', '--certify', 'first'];
const EXPLORE = [
  'explore',
  'V1',
  'v6.18',
  '--depth',
  '3',
  '--commands',
  'guest_exec,recover,wait,create_slot,delete_slot',
];

const SHOWN: readonly [readonly string[], readonly (readonly string[])[]][] = [
  [CHECK, [['--json'], [], ['--short'], ['--verbose'], ['--ktap']]],
  [MATRIX, [['--json'], [], ['--markdown'], ['--ktap']]],
  [EXPLORE, [['--json'], []]],
];
const wholes = new Map<string, ReturnType<typeof call>>();
function whole_of(words: readonly string[]) {
  const key = words.join(' ');
  const whole = wholes.get(key) ?? call(words, build);
  wholes.set(key, whole);
  return whole;
}

describe.each([2, 3, 7, 16])('%i shards put together are the whole', (of) => {
  test.each(SHOWN)('%j', async (words, shown) => {
    const files = await shards_of(of, words);
    // In whichever order they come.
    const named = [...files.slice(1), files[0] ?? ''];
    // What is shown is made of the same results: with two shards, all of it is looked at.
    for (const options of of === 2 ? shown : shown.slice(0, 1)) {
      const whole = await whole_of([...words, ...options]);
      expect(whole.out.length).toBeGreaterThan(1);
      expect(await call(['merge', ...named, ...options], build)).toEqual(whole);
    }
  });
});

test.each<[readonly string[]]>([
  [['check', 'v6.18', 'V1', '--cases', '3', '--seed', 'm', '--transitions', '1000']],
  [['matrix', 'V1', 'V7', '--seeds', '1', '--cases', '60', '--certify', 'none']],
  [['explore', 'V1', '--depth', '1']],
])('shards that have nothing to do are done: %j', async (words) => {
  const files = await shards_of(5, words, 'idle');
  expect(await call(['merge', ...files, '--json'], build)).toEqual(await call([...words, '--json'], build));
});

test('reports are the same, too', async () => {
  const files = await shards_of(3, CHECK);
  const reports = async (words: readonly string[]) => {
    const [html, junit] = [path('page.html'), path('junit.xml')];
    const { code } = await call([...words, '--html', html, '--junit', junit], build);
    return [code, readFileSync(html, 'utf8'), readFileSync(junit, 'utf8')];
  };
  expect(await reports(['merge', ...files])).toEqual(await reports(CHECK));
});

describe('what does not belong together: one line, exit code 2', () => {
  let files: string[] = [];
  beforeAll(async () => {
    files = await shards_of(2, ['check', 'V1', '--cases', '4', '--seed', 'main'], 'right');
  });
  const changed = (change: (lines: string[]) => string[]): string => {
    const lines = readFileSync(files[1] ?? '', 'utf8')
      .trimEnd()
      .split('\n');
    const file = path('changed.json');
    writeFileSync(
      file,
      change(lines)
        .map((line) => `${line}\n`)
        .join(''),
    );
    return file;
  };
  /** With a last line that is right again. */
  const sealed = (lines: string[]) => {
    const digest = createHash('sha256');
    for (const line of lines.slice(0, -1)) digest.update(`${line}\n`);
    return [
      ...lines.slice(0, -1),
      (lines.at(-1) ?? '').replace(/"sha256":"\w+"/, `"sha256":"${digest.digest('hex')}"`),
    ];
  };
  const bare_head = (from: string | RegExp, to: string) => (lines: string[]) => [
    (lines[0] ?? '').replace(from, to),
    ...lines.slice(1),
  ];
  const head = (from: string | RegExp, to: string) => (lines: string[]) => sealed(bare_head(from, to)(lines));

  test('that a file went through a machine with other line ends is no change', async () => {
    const whole = await call(['merge', ...files], build);
    const file = changed((lines) => lines.map((line) => `${line}\r`));
    expect(await call(['merge', files[0] ?? '', file], build)).toEqual(whole);
    expect(whole.code).toBe(0);
  });

  test.each<[string, (lines: string[]) => string[], RegExp]>([
    ['another seed', head('"seed":"main"', '"seed":"other"'), /do not belong together: the seeds are main and other$/],
    ['another build', head('"build":"one"', '"build":"two"'), /do not belong together: the builds are one and two$/],
    ['another alphabet', head(/"alphabet":"\w+"/, '"alphabet":"x"'), /the digests of the alphabets are \w+ and x$/],
    ['other options', head('"cases":"4"', '"cases":"5"'), /the options are .*4.* and .*5/],
    ['other variants', head('["V1"]', '["V2"]'), /the commands are check V1 and check V2$/],
    ['another number of shards', head('"of":2', '"of":3'), /the numbers of shards are 2 and 3$/],
    ['the same shard', head('"index":2', '"index":1'), /right-1-of-2\.json and .*changed\.json both are shard 1\/2$/],
    ['no last line', (lines) => lines.slice(0, -1), /is not complete: shard 2\/2 was ended before it was done$/],
    ['a torn line', (lines) => [...lines.slice(0, -1), '{"version":1,"en'], /is not complete: line 3 is torn$/],
    [
      'a line less',
      (lines) => lines.filter((_, i) => i !== 1),
      /is not complete: its last line counts 1 part, and there are 0$/,
    ],
    [
      'other results',
      (lines) => lines.map((line) => line.replace('"programs":2', '"programs":3')),
      /changed\.json is changed: its lines are not those that its shard has printed$/,
    ],
    ['that it is another shard', bare_head('"index":2', '"index":1'), /changed\.json is changed: /],
    ['another seed alone', bare_head('"seed":"main"', '"seed":"other"'), /changed\.json is changed: /],
    ['two files in one', (lines) => [...lines, ...lines], /:4: the shard has ended before this line/],
    ['the report of a run', () => ['{"version":1,"variant":"V1"}'], /is no shard: wanted what a call with --shard/],
    ['nothing', () => [], /is empty: wanted what a call with --shard/],
    ['no JSON', () => ['V1: violates 2'], /is no shard: it is not JSON$/],
  ])('%s', async (_, change, message) => {
    const { code, out, err } = await call(['merge', files[0] ?? '', changed(change)], build);
    expect([code, out]).toEqual([2, []]);
    expect(err).toEqual([expect.stringMatching(message)]);
  });

  test.each<[string[], RegExp]>([
    [['merge'], /^merge: no file is named/],
    [['merge', 'right-1-of-2.json'], /^shards are missing: 2\/2$/],
    [['merge', 'right-1-of-2.json', 'right-2-of-2.json', 'right-2-of-2.json'], /both are shard 2\/2$/],
    [['merge', 'nowhere.json'], /^cannot read .*nowhere\.json: ENOENT$/],
    [['merge', 'right-1-of-2.json', 'right-2-of-2.json', '--markdown'], /^--markdown is no option of check$/],
    [
      ['merge', 'right-1-of-2.json', 'right-2-of-2.json', '--implementation', 'x.ts'],
      /ran no implementation of your own$/,
    ],
    [['check', '--shard', '0/4', '--json'], /^--shard 0\/4 is no shard/],
    [['explore', '--shard', '5/4', '--json'], /^--shard 5\/4 is no shard/],
    [['matrix', '--shard', 'auto', '--json'], /^--shard auto: no scheduler says/],
    [['check', '--shard', '1/4'], /^--shard without --json: /],
    [['check', '--shard', '1/4', '--json', '--junit', 'x.xml'], /^--shard and --junit: /],
    [['check', 'V1', '--shard', '1/4', '--json', '--base', 'v6.18'], /^--shard and --base: one or the other/],
  ])('%j', async (words, message) => {
    const named = words.map((word) => (word.endsWith('.json') ? path(word) : word));
    const { code, out, err } = await call(named, build);
    expect([code, out]).toEqual([2, []]);
    expect(err).toEqual([expect.stringMatching(message)]);
  });

  test('shards of another build are not put together by this one', async () => {
    const { code, err } = await call(['merge', ...files], { build: 'two' });
    expect(code).toBe(2);
    expect(err).toEqual([expect.stringMatching(/is of another build: one; here it is two$/)]);
  });
});
