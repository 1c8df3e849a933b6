import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { Interrupted } from '../errors';
import { lines_of, read_json, read_named, read_text } from './read';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;

function file(name: string, text: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const MARK = '\ufeff';
const MEGABYTE = 2 ** 20;

describe('a text file', () => {
  test('is read without the mark of its encoding', () => {
    expect(read_text(file('marked', `${MARK}a${MARK}b`))).toBe(`a${MARK}b`);
    expect(read_json(file('marked.json', `${MARK}{"a":1}`), z.object({ a: z.int() }))).toEqual({ a: 1 });
  });

  test('with a misspelt field is told that one, and not the field that is missing for it', () => {
    const misspelt = file('misspelt.json', '{"postmortm":"x"}');
    const read = () => read_json(misspelt, z.strictObject({ postmortem: z.string() }));
    expect(read).toThrow(/misspelt\.json: the file: Unrecognized key: "postmortm"/);
  });

  test('is counted while it is read', () => {
    expect(read_text(file('just', 'x'.repeat(16 * MEGABYTE)))).toHaveLength(16 * MEGABYTE);
    expect(() => read_text(file('large', 'x'.repeat(16 * MEGABYTE + 1)))).toThrow(/large has more than the 16 MB/);
  });

  test.each([['/dev/zero'], ['/dev/null'], [folder]])('%s is none', (path) => {
    expect(() => read_text(path)).toThrow(`${path} is no file on a disk`);
  });

  test.each([
    ['/nowhere', 'ENOENT'],
    [`/${'x'.repeat(300)}`, 'ENAMETOOLONG'],
    ['a\0b', 'ERR_INVALID_ARG_VALUE'],
  ])('one that cannot be opened is told: %s', (path, code) => {
    expect(() => read_text(path)).toThrow(
      expect.objectContaining({ name: 'CallError', message: `cannot read ${path}: ${code}` }),
    );
  });
});

describe('JSON', () => {
  const schema = z.object({ a: z.record(z.string(), z.int()).optional() });
  test.each([
    ['{"a": {"__proto__": 1}}', 'is not JSON: it has a field "__proto__"'],
    ['{"__proto__": null}', 'is not JSON: it has a field "__proto__"'],
    ['{"a": {"\\u005f_proto\\u005F_": 1}}', 'is not JSON: it has a field "__proto__"'],
    ['{"a": {"b": "c"}}', ': a.b: '],
    ['{"a": {"b": 1}, "a": {}}', 'is not JSON: it has the field "a" twice'],
    ['{"a": {"b": 1, "c": 2, "\\u0062" : 1}}', 'is not JSON: it has the field "b" twice'],
    ['', 'is not JSON: '],
    [`"${'x'.repeat(10_000)}`, 'is not JSON: '],
  ])('%s is told in one short line', (text, words) => {
    expect(() => read_json('it', schema, text)).toThrow(words);
    try {
      read_json('it', schema, text);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(600);
    }
  });

  test('a field may be in several objects, and in texts', () => {
    const text = '[{"a": "{\\"a\\": 1, \\"a\\": 1}", "b": [{"a": 1}, {"a": 1}, "a", "a"]}, {"a": {"a": {}}}]';
    expect(read_json('it', z.unknown(), text)).toEqual(JSON.parse(text));
    const long = JSON.stringify({ a: 'x\\'.repeat(2 ** 20) });
    expect(read_json('it', z.unknown(), long)).toEqual(JSON.parse(long));
  });

  test('a text that only speaks of __proto__ is as good as any', () => {
    expect(read_json('it', z.object({ b: z.string() }), '{"b": "__proto__"}')).toEqual({ b: '__proto__' });
  });
});

describe('a pipe', () => {
  const pipe = (name: string): string => {
    const path = join(folder, name);
    spawnSync('mkfifo', [path]);
    return path;
  };

  test('is read to its end, whoever comes first', async () => {
    const path = pipe('written');
    const text = read_named(path, never);
    spawn('sh', ['-c', `sleep 0.1; printf '\\357\\273\\277a'; sleep 0.1; echo b`], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).stdout.pipe(require('node:fs').createWriteStream(path));
    expect(await text).toBe('ab\n');
  });

  test('that nobody writes, or that somebody never ends, is given up when the signal aborts', async () => {
    for (const command of ['true', `exec 3>'${join(folder, 'unwritten')}'; echo a >&3; sleep 100`]) {
      const path = pipe('unwritten');
      const writer = spawn('sh', ['-c', command], { stdio: 'ignore' });
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 200);
      await expect(read_named(path, stop.signal)).rejects.toBeInstanceOf(Interrupted);
      writer.kill('SIGKILL');
    }
  });

  test('that never ends is too large', async () => {
    const path = pipe('endless');
    const writer = spawn('sh', ['-c', `exec cat /dev/zero > '${path}'`], { stdio: 'ignore' });
    await expect(read_named(path, never)).rejects.toThrow(/endless has more than the 16 MB/);
    writer.kill('SIGKILL');
  });
});

describe('lines', () => {
  const lines = async (path: string, signal = never) => {
    const all = [];
    for await (const line of lines_of(path, signal)) all.push(line);
    return all;
  };

  test('with their numbers, however they fall into what is read at once', async () => {
    const texts = Array.from({ length: 400 }, (_, i) => 'ü'.repeat((i * 37) % 900));
    const path = file('lines', `${MARK}${texts.join('\n')}\n`);
    expect(await lines(path)).toEqual(texts.map((text, i) => ({ text, number: i + 1 })));
    appendFileSync(path, 'last');
    expect((await lines(path)).at(-1)).toEqual({ text: 'last', number: 401 });
  });

  test('of a file that is longer than may be read at once', async () => {
    const path = file('long', `${'x'.repeat(1000)}\n`.repeat(20_000));
    let count = 0;
    for await (const { text } of lines_of(path, never)) count += text.length;
    expect(count).toBe(20_000_000);
  });

  test('one that is too long is told by its number', async () => {
    await expect(lines(file('too-long', `a\n${'x'.repeat(MEGABYTE + 2 ** 17)}`))).rejects.toThrow(
      /too-long:2: the line is longer than 1 MB/,
    );
  });

  test('are given up when the signal aborts', async () => {
    await expect(lines(file('given-up', 'a\n'), AbortSignal.abort())).rejects.toBeInstanceOf(Interrupted);
  });
});
