import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check_new, save_new } from './save';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

test('a file is written, and nothing beside it', () => {
  const file = join(folder, 'a.json');
  check_new(file);
  expect(readdirSync(folder)).toEqual([]);
  save_new(file, 'text');
  expect(readFileSync(file, 'utf8')).toBe('text');
  expect(readdirSync(folder)).toEqual(['a.json']);
  for (const write of [() => check_new(file), () => save_new(file, 'other')]) {
    expect(write).toThrow(`${file} exists already, and is not overwritten`);
  }
  expect(readFileSync(file, 'utf8')).toBe('text');
});

test.each([
  ['in no folder', '/nowhere/at/all.json', 'cannot write /nowhere/at/all.json: ENOENT'],
  ['under a file', '/etc/passwd/x.json', 'cannot write /etc/passwd/x.json: ENOTDIR'],
  ["in a folder of the kernel's", '/proc/x.json', 'cannot write /proc/x.json: E'],
  ['of a long name', `/tmp/${'x'.repeat(300)}.json`, ': ENAMETOOLONG'],
  ['of no name', '/tmp/.json', '/tmp/.json names a folder, and no file'],
  ['with a zero byte', '/tmp/a\0.json', 'cannot write /tmp/a'],
])('one that cannot be written is told before the work and after it, in the same words: %s', (_, file, words) => {
  expect(() => check_new(file)).toThrow(
    expect.objectContaining({ name: 'CallError', message: expect.stringContaining(words) }),
  );
  if (!words.includes('names a folder')) {
    expect(() => save_new(file, '')).toThrow(expect.objectContaining({ name: 'CallError' }));
  }
});

test('a link to nothing is something, and is not followed', () => {
  const [file, elsewhere] = [join(folder, 'a.json'), join(folder, 'elsewhere')];
  symlinkSync(elsewhere, file);
  expect(() => check_new(file)).toThrow('exists already');
  expect(() => save_new(file, 'x')).toThrow('exists already');
  expect(readdirSync(folder)).toEqual(['a.json']);
});

test('what killed processes have left is removed, of others nothing', () => {
  const ended = spawnSync('true').pid;
  const uuid = '01234567-89ab-cdef-0123-456789abcdef';
  const left = (pid: number) => `.x.json.${pid}.${uuid}.unfinished`;
  const others = [left(process.pid), '.x.unfinished', `x.${ended}.${uuid}.unfinished`, 'x.json'];
  for (const name of [left(ended), ...others]) writeFileSync(join(folder, name), '');
  mkdirSync(join(folder, 'y'));
  check_new(join(folder, 'new.json'));
  expect(readdirSync(folder).sort()).toEqual([...others, 'y'].sort());
});
