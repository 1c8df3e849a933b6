import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { FLAGS, flags_of } from '../process/v8_flags';

const program = join(__dirname, '..', '..', 'dist', 'bin', 'kvm-nx-harness.js');
const node = (...argv: string[]) => spawnSync(process.execPath, argv, { encoding: 'utf8' });

test('this V8 knows each that would be set', () => {
  const known = [...node('--v8-options').stdout.matchAll(/^ +--(\S+) \(/gm)].map(([, name]) => name);
  const set = flags_of(process.versions.v8).map((flag) => flag.replace(/^--(no-)?/, '').replace(/=.*/, ''));
  expect(known.length).toBeGreaterThan(100);
  expect(known).toEqual(expect.arrayContaining(set));
});

test('none is set where nobody has looked', () => {
  for (const version of ['11.30.1', '99.0.0', '']) expect(flags_of(version)).toEqual([]);
});

test('each is set where it was seen', () => {
  for (const { flag, known_in } of FLAGS)
    for (const line of known_in) expect(flags_of(`${line}.244.8-node.38`)).toContain(flag);
});

test('nothing is said of them', () => {
  expect(node(program, 'list')).toMatchObject({ status: 0, stderr: '' });
});
