/** What a run has found is on the disk before anybody is told; and the next run tells, if none was. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type CliCommand, EXIT, run_cli } from '../../harness/cli/cli';
import type { Entry, Journal } from '../../harness/cli/journal';
import { CallError } from '../../harness/errors';
import { call as call_main } from './terminal.fixture';

const program = join(__dirname, '..', '..', 'dist', 'bin', 'kvm-nx-harness.js');
const cache = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
const env = { ...process.env, XDG_CACHE_HOME: cache };
const journals = join(cache, 'kvm-nx-harness', 'journals');
afterAll(() => rmSync(cache, { recursive: true }));

const names = (): string[] => {
  try {
    return readdirSync(journals);
  } catch {
    return [];
  }
};
const text_of = (name: string) => readFileSync(join(journals, name), 'utf8');

/** Runs the program until its journal has this in it, and kills it. */
async function killed(words: readonly string[], has: RegExp): Promise<void> {
  const child = spawn(process.execPath, [program, ...words], { env, stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (!names().some((name) => name.endsWith('.jsonl') && has.test(text_of(name)))) {
    expect(child.exitCode).toBeNull();
    await setTimeout(20);
  }
  child.kill('SIGKILL');
  expect(await ended).toEqual([null, 'SIGKILL']);
}

const next = (...words: string[]) => spawnSync(process.execPath, [program, ...words], { env, encoding: 'utf8' });

const CHECK = ['check', 'v6.18', '--cases', '1'];
const EXPLORE = ['explore', 'v6.18', '--depth', '1'];
const MATRIX = ['matrix', 'V1', '--seeds', '1', '--cases', '50', '--certify', 'none'];

test.each<[string, string[], RegExp, RegExp]>([
  ['check', ['check', 'V1', 'B30', '--time', '1h', '--seed', 's'], /"B30".*"s:\d+"/, / that are known; /],
  [
    'check --base',
    ['check', 'V1', '--base', 'v6.18', '--time', '1h', '--seed', 's'],
    /"program":\[/,
    /V1 violates differs in .* from v6\.18 \(s:\d+: .*\); /,
  ],
  ['explore', ['explore', 'V1', '--depth', '9', '--force'], /"program":\[/, /\d that (is|are) known; /],
  [
    'matrix, while it searches',
    ['matrix', 'V1', 'B30', '--seeds', '1000', '--cases', '1000000', '--certify', 'none'],
    /"B30".*"case":"matrix-1:\d+".*"program":null,"expected":true/,
    /\d that are known; /,
  ],
  [
    'matrix, while it proves',
    ['matrix', 'V1', 'V7', 'V2', 'B30', 'B31', '--seeds', '2', '--cases', '50', '--certify', 'all'],
    /"V1".*"case":"matrix-1:\d+".*"program":\[/,
    /\d that are known; /,
  ],
])('%s is killed: the next one says once what was found, and where it is', async (_, words, has, found) => {
  const [command = ''] = words;
  await killed(words, has);
  const other = command === 'check' ? EXPLORE : CHECK;
  expect(next(...other).stderr).toBe('');

  const again = command === 'check' ? CHECK : command === 'explore' ? EXPLORE : MATRIX;
  const { stderr, status } = next(...again);
  expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(found)]);
  expect(stderr).toContain(`a run before this one (${words.join(' ')}) was ended before it could print`);
  const [, file = ''] = /all of it: (.*)\n/.exec(stderr) ?? [];
  expect(readFileSync(file, 'utf8')).toMatch(has);
  expect(status).toBe(0);
  expect(next(...again).stderr).toBe('');
  rmSync(journals, { recursive: true });
});

test('a run that ends by itself, with findings or interrupted, leaves none', async () => {
  expect(next('check', 'V1', '--cases', '20', '--seed', 's', '--transitions', '1').status).toBe(0);
  expect(names()).toEqual([]);
  const child = spawn(process.execPath, [program, 'check', 'V1', '--time', '1h', '--seed', 's'], {
    env,
    stdio: 'ignore',
  });
  while (names().length === 0) await setTimeout(20);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([130, null]);
  expect(names()).toEqual([]);
});

test('a journal that is named stays, and is no other file', async () => {
  const file = join(cache, 'mine.jsonl');
  const words = ['check', 'V1', '--cases', '20', '--seed', 's', '--transitions', '1', '--journal', file];
  expect((await call_main(words)).code).toBe(0);
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines[0]).toMatchObject({ version: 1, call: words });
  // Seen first, and then shrunk.
  for (const program of [null, expect.any(Array)])
    expect(lines).toContainEqual({
      version: 1,
      variant: 'V1',
      property: expect.any(String),
      case: expect.stringMatching(/^s:\d+$/),
      program,
      expected: true,
    });
  // The same call goes on; another has no business there.
  expect(await call_main([...words.slice(0, 2), '--cases', '21', '--seed', 's', '--journal', file])).toMatchObject({
    code: 2,
    out: [],
    err: [expect.stringContaining(`${file} is the journal of another run`)],
  });
  for (const nowhere of ['/proc/x', '/dev/full', join(file, 'x')])
    expect(await call_main([...words.slice(0, -1), nowhere])).toMatchObject({
      code: 2,
      out: [],
      err: [expect.stringContaining(nowhere)],
    });
});

const ENTRY: Entry = { variant: 'V', property: 'p', case: 's:1', program: null, expected: false };

/** A command that does this, in this process. */
async function run(
  work: (journal: Journal) => number,
  words: readonly string[] = [],
  in_cache: string | undefined = cache,
) {
  const err: string[] = [];
  const out: string[] = [];
  const command: CliCommand = {
    words: '',
    doc: '',
    options: { journal: { value: 'FILE', help: '' } },
    async run(_, __, ledger, journal) {
      ledger.ask('x', 1);
      ledger.done('x', 1);
      return work(journal);
    },
  };
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    progress: () => {},
    now: () => Date.now(),
    env: {},
    signal: new AbortController().signal,
  };
  const code = await run_cli(
    new Map([['work', command]]),
    ['work', ...words],
    in_cache === undefined ? terminal : { ...terminal, cache: in_cache },
  );
  return { code, err, out };
}

describe('in one process', () => {
  const folder = join(cache, 'journals');
  const here = () => readdirSync(folder).sort();
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A journal that somebody has left. */
  async function left(): Promise<string> {
    await run((journal) => {
      journal.keep(ENTRY);
      throw new CallError('no');
    });
    const [name = ''] = here();
    return name;
  }

  test('what is kept is there at once', async () => {
    await run((journal) => {
      journal.keep(ENTRY);
      const [name = ''] = here();
      expect(readFileSync(join(folder, name), 'utf8')).toMatch(/^\{"version":1,"call":\["work"\].*\}\n\{.*"V".*\}\n$/);
      journal.told();
      return EXIT.good;
    });
    expect(here()).toEqual([]);
  });

  test('what was found and not told is told of, whatever ends the run', async () => {
    const { code, err } = await run((journal) => {
      journal.keep(ENTRY);
      throw new CallError('no memory');
    });
    expect(code).toBe(2);
    const [name = ''] = here();
    expect(err.sort()).toEqual([`findings that were not printed are in ${join(folder, name)}`, 'no memory']);
    await expect(
      run((journal) => {
        journal.keep(ENTRY);
        throw new Error('a defect');
      }),
    ).rejects.toThrow('a defect');
    expect(here()).toHaveLength(2);
  });

  test('one whose process lives is left alone, whoever calls', async () => {
    const name = await left();
    expect((await run(() => EXIT.good)).err).toEqual([]);
    expect(here()).toEqual([name]);
  });

  test.each<[string, (name: string) => string]>([
    ['has ended', (name) => name.replace(`.${process.pid}.`, '.4194304.')],
    ['is another of the same number', (name) => name.replace(/^(work\.\d+)\.\d+/, '$1.1')],
  ])('a process that %s', async (_, renamed) => {
    const name = await left();
    renameSync(join(folder, name), join(folder, renamed(name)));
    const { err } = await run(() => EXIT.good);
    expect(err).toEqual([
      expect.stringMatching(/^a run before this one \(work\) .*: V violates p \(s:1\); all of it: .*told$/),
    ]);
    expect((await run(() => EXIT.good)).err).toEqual([]);
  });

  test('of another machine or container nobody knows: only what is old is told', async () => {
    const name = await left();
    const elsewhere = join(folder, name.replace(/^(work\.\d+\.\d+)\.[\da-f]{8}/, '$1.00000000'));
    renameSync(join(folder, name), elsewhere);
    expect((await run(() => EXIT.good)).err).toEqual([]);
    utimesSync(elsewhere, 1, 1);
    expect((await run(() => EXIT.good)).err).toHaveLength(1);
  });

  const dead = (name: string) => join(folder, name.replace(`.${process.pid}.`, '.4194304.'));

  test.each<[string, string, RegExp]>([
    ['torn', '{"version":1,"call":["work"]}\n{"version":1,"vari', /: nothing; all of it/],
    ['garbage', '\u0000\u001b[31m\n[]\nnull\n7\n{}\n', /\(work\) .*: nothing; all of it/],
    ['empty', '', /: nothing; all of it/],
    ['of another version', '{"version":2,"call":["x"]}\n', /\(work\) .*: nothing/],
    ['too large', ' '.repeat(17 * 2 ** 20), /^a run .* before it could print its findings; they are in /],
    [
      'with texts that are long',
      `${JSON.stringify({ version: 1, ...ENTRY, variant: 'x'.repeat(400), case: 'y'.repeat(400), program: Array(90).fill('z'.repeat(400)) })}\n`.repeat(
        50,
      ),
      /x{400} violates p/,
    ],
  ])('a journal that is %s is a line', async (_, text, line) => {
    const name = await left();
    rmSync(join(folder, name));
    writeFileSync(dead(name), text);
    const { err, code } = await run(() => EXIT.good);
    expect(err).toEqual([expect.stringMatching(line)]);
    expect(err[0]?.length).toBeLessThan(3000);
    expect(code).toBe(0);
  });

  test('a link or a pipe in its place is none', async () => {
    const name = await left();
    rmSync(join(folder, name));
    symlinkSync('/dev/zero', dead(name));
    spawnSync('mkfifo', [dead(name).replace('4194304', '4194303')]);
    expect((await run(() => EXIT.good)).err).toEqual([]);
  });

  test('what is kept has bounds', async () => {
    await run((journal) => {
      const long = 'x'.repeat(10_000);
      for (let i = 0; i < 3000; i++) journal.keep({ ...ENTRY, property: long, program: Array(100).fill(long) });
      const [name = ''] = here();
      expect(readFileSync(join(folder, name)).length).toBeLessThan(9 * 2 ** 20);
      journal.told();
      return EXIT.good;
    });
  });

  test('where none can be written that nobody asked for, it is said, once, and the verdict is the same', async () => {
    const file = join(cache, 'a-file');
    writeFileSync(file, '');
    const { code, err } = await run(
      (journal) => {
        journal.keep(ENTRY);
        journal.keep(ENTRY);
        journal.told();
        return EXIT.good;
      },
      [],
      file,
    );
    expect(err).toEqual([expect.stringMatching(/^cannot write the journal .*: ENOTDIR$/)]);
    expect(code).toBe(0);
  });
});
