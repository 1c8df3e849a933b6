/**
 * Files that are kept between calls, and files that are written for one call: if they are damaged, if the process is
 * killed meanwhile, or if they cannot be written.
 */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  fstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build_agent, source_in } from './agent';
import { ending_with_us, group_ending_with_us } from './child';
import { again, nameless_file, nameless_memory } from './nameless';

const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));
const never = new AbortController().signal;
const has_cc = spawnSync('cc', ['--version']).error === undefined;

describe('the agent', () => {
  (has_cc ? test : test.skip)('is compiled again where it is not as it was compiled', async () => {
    const cache = join(folder, 'cache');
    const program = await build_agent(cache, never);
    const whole = readFileSync(program);
    const ended = spawnSync('true').pid;
    for (const name of [`agent-x.${ended}.unfinished`, `agent-x.${process.pid}.unfinished`])
      writeFileSync(join(cache, name), '');
    for (const damage of [
      () => truncateSync(program, 100),
      () => truncateSync(program, 0),
      () => rmSync(`${program}.sha256`),
      () => writeFileSync(`${program}.sha256`, 'x'),
    ]) {
      damage();
      expect(await build_agent(cache, never)).toBe(program);
      expect(readFileSync(program).equals(whole)).toBe(true);
    }
    expect(readdirSync(cache).filter((name) => name.endsWith('.unfinished'))).toEqual([
      `agent-x.${process.pid}.unfinished`,
    ]);
  });

  test('has another version when a file, a header or a name of one changes', () => {
    const source = join(folder, 'source');
    mkdirSync(source);
    const versions = [
      ['main.c', 'int main(void) { return x(); }'],
      ['x.c', 'int x(void) { return X; }'],
      ['x.h', '#define X 0'],
      ['x.h', '#define X 1'],
    ].map(([name = '', text = '']) => {
      writeFileSync(join(source, name), text);
      return source_in(source).version;
    });
    renameSync(join(source, 'x.h'), join(source, 'y.h'));
    const { files, version } = source_in(source);
    expect(new Set([...versions, version]).size).toBe(5);
    writeFileSync(join(source, '.x.c.swp'), '');
    expect(source_in(source)).toEqual({ files, version });
    expect(files).toEqual([join(source, 'main.c'), join(source, 'x.c')]);
  });

  test('is not built in a cache that cannot be written', async () => {
    await expect(build_agent('/proc/nothing', never)).rejects.toMatchObject({ name: 'CallError' });
  });
});

describe('the ramdisk', () => {
  test.each([['/nowhere/at/all'], ['/proc']])('cannot be written to %s: the folder is named', (temporary) => {
    const message = expect.stringMatching(`^cannot write a ramdisk of 1 MB to ${temporary} \\(TMPDIR\\): E`);
    expect(() => nameless_file(Buffer.alloc(10), temporary)).toThrow(
      expect.objectContaining({ name: 'CallError', message }),
    );
  });

  test('has no name, and what a killed process left of one is removed', () => {
    const temporary = join(folder, 'temporary');
    const left = join(temporary, `kvm-nx-harness-ramdisk-${spawnSync('true').pid}-x`);
    const others = `kvm-nx-harness-ramdisk-${process.pid}-x`;
    for (const name of [left, join(temporary, others)]) mkdirSync(name, { recursive: true });
    expect(readFileSync(nameless_file(Buffer.from('text'), temporary), 'utf8')).toBe('text');
    expect(readdirSync(temporary)).toEqual([others]);
  });
});

describe('memory of virtual machines', () => {
  test('is a file of its size without a name, in the first folder that has room', () => {
    const temporary = mkdtempSync(join(folder, 'memory'));
    const file = nameless_memory(1 << 20, ['/nowhere/at/all', temporary]);
    expect(file).not.toBeNull();
    expect(fstatSync(file as number).size).toBe(1 << 20);
    expect(readdirSync(temporary)).toEqual([]);
    writeSync(file as number, 'text');
    expect(readFileSync(again(file as number), 'utf8').slice(0, 4)).toBe('text');
  });

  test.each([
    ['no room', 2 ** 60, folder],
    ['no such folder', 4096, '/nowhere/at/all'],
    ['a folder that cannot be written to', 4096, '/proc'],
  ])('%s: none', (_, bytes, where) => {
    expect(nameless_memory(bytes, [where])).toBeNull();
  });
});

(existsSync('/usr/bin/setpriv') ? test : test.skip)('what is started ends with whoever has started it', async () => {
  const [program, args] = ending_with_us('sleep', ['1000']);
  const script = `const child = require('node:child_process').spawn(${JSON.stringify(program)}, ${JSON.stringify(args)});
    child.on('spawn', () => setTimeout(() => { process.stdout.write(String(child.pid)); process.kill(process.pid, 'SIGKILL'); }, 200));`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  expect(Number(stdout)).toBeGreaterThan(0);
  expect(await left_of([Number(stdout)])).toEqual([]);
});

/** Those of these processes that still exist after a while. A zombie does not count. */
async function left_of(pids: readonly number[]): Promise<number[]> {
  const alive = () =>
    pids.filter((pid) => existsSync(`/proc/${pid}/cmdline`) && readFileSync(`/proc/${pid}/cmdline`).length > 0);
  for (let tries = 0; tries < 100 && alive().length > 0; tries++) await sleep(20);
  return alive();
}

test('a program that gives up rights ends with whoever has started it, and so does what it has started', async () => {
  // As apt does: with the rights, the kernel also drops the request to kill the child with its parent.
  const [program, args] = group_ending_with_us('sh', ['-c', 'sleep 1000 & echo $$ $!; wait']);
  const script = `const child = require('node:child_process').spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'], detached: true });
    child.stdout.on('data', (data) => { require('node:fs').writeSync(1, data); process.kill(process.pid, 'SIGKILL'); });`;
  const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
  const started = stdout.trim().split(' ').map(Number);
  expect(started).toHaveLength(2);
  expect(await left_of(started)).toEqual([]);
});

test.each([
  ['true', 0],
  ['false', 1],
  ['exit 7', 7],
  ['kill -9 $$', 137],
])('"%s" has the exit code %i in a group', (body, code) => {
  const [program, args] = group_ending_with_us('sh', ['-c', body]);
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe', 'pipe'] });
  expect({ status, stderr: body.includes('kill') ? '' : stderr }).toEqual({ status: code, stderr: '' });
});
