import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { data_folder, in_order, load_folder, make_folder } from './folder';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));

const things = new Map([
  ['a', 1],
  ['b', 2],
  ['c', 3],
]);

test('things come in the declared order, whatever their files are called', () => {
  expect([...in_order(['c', 'a', 'b'], things, 'LIST')]).toEqual([
    ['c', 3],
    ['a', 1],
    ['b', 2],
  ]);
});

test.each([
  [['c', 'a'], 'LIST: b has a file and is not listed: new ones go to the end'],
  [['c', 'a', 'b', 'd'], 'LIST: d is listed and has no file'],
  [['c', 'a', 'b', 'a'], 'LIST: a is listed twice'],
])('the order %j is an error', (order, message) => {
  expect(() => in_order(order, things, 'LIST')).toThrow(message);
});

test('a folder is made with those that it is in, and may be there', () => {
  const deep = join(folder, 'a', 'b', 'c');
  make_folder(deep);
  make_folder(deep);
  expect(existsSync(deep)).toBe(true);
  writeFileSync(join(folder, 'file'), '');
  expect(() => make_folder(join(folder, 'file', 'x'))).toThrow('ENOTDIR');
  // Where the kernel makes none, and says that the one above is not there.
  expect(() => make_folder('/proc/nowhere/x')).toThrow('ENOENT');
});

test('what has no default export is named', () => {
  writeFileSync(join(folder, 'named.js'), 'exports.x = 1;');
  expect(() => load_folder(folder, (_, thing) => thing)).toThrow('named.js has no default export');
});

test("data is found from a source file's folder and from a compiled one's", () => {
  const root = join(__dirname, '..', '..');
  for (const from of [__dirname, join(root, 'dist', 'harness')])
    expect(data_folder(from, 'x', 'y')).toBe(join(root, 'x', 'y'));
});
