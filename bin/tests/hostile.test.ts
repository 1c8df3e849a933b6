/** User code that breaks, prints, throws or forgets: a verdict with its program, or one line that names it. */
import { spawn, spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { type Pool, worker_threads } from '../../harness/pool/pool';
import type { Compiled } from '../../harness/user_code/typescript';
import { main } from '../kvm/main';
import { implementation, program, worker } from './implementation.fixture';
import { rows_of } from './terminal.fixture';

const pools = (own: Compiled | null): Pool => worker_threads(worker, 1, own, 5);

/** A call with threads of its own, as the program has them, in this process. */
async function call(...argv: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    out: (line: string) => void out.push(line),
    err: (line: string) => void err.push(line),
    progress: () => {},
    now: () => performance.now(),
    env: {},
    signal: new AbortController().signal,
  };
  return { code: await main(argv, terminal, pools), out, err };
}

const NODE = 'declare const process: any, setTimeout: any, globalThis: any;';
const DEFAULT = 'to_zap: nx_huge_pages.to_zap';
/** A file: its fourth line is what happens when it is loaded, its fifth what it replaces. */
const file = (name: string, at_load: string, kernel = DEFAULT) =>
  implementation(
    name,
    `import { variant, nx_huge_pages } from 'kvm-nx-harness';\n${NODE}\n\n${at_load}\nexport default variant({ base: 'v6.18', source: 'x', kernel: { ${kernel} } });`,
  );
const in_to_zap = (name: string, code: string) =>
  file(name, '', `to_zap(kvm, list, ratio) { ${code}; return nx_huge_pages.to_zap(kvm, list, ratio); }`);

const CHECK = ['--cases', '20', '--seed', 's', '--transitions', '1000'];

describe('what it does to what the engine has, too, is an error of its own, with its line', () => {
  test.each([
    ['array', '(Array.prototype as any).map = () => []'],
    ['filter', 'Object.defineProperty(Array.prototype, "filter", { value: () => [] })'],
    ['global', '(globalThis as any).Map = class {}'],
    ['iterator', '(Object.getPrototypeOf([][Symbol.iterator]()) as any).next = () => ({ done: true })'],
    ['math', 'Math.max = () => 0'],
    ['json', 'JSON.stringify = () => "{}"'],
    ['api', '(nx_huge_pages as any).to_zap = () => 0'],
    ['prototype', '(Object.prototype as any).hasOwnProperty = () => true'],
  ])('%s', async (name, code) => {
    const { code: exit, out, err } = await call('check', '--implementation', file(`breaks-${name}`, code), ...CHECK);
    expect(err).toEqual([
      expect.stringMatching(`^/.*breaks-${name}.ts cannot be loaded: .* \\(breaks-${name}.ts:4\\)$`),
    ]);
    expect({ exit, out }).toEqual({ exit: 2, out: [] });
  });

  test('but it may have its own', async () => {
    const own =
      'function Own() {} (Own.prototype as any).toString = () => "x"; Own.prototype.constructor = Own; const e = new Error("x"); e.message = "y"; (e as any).name = "z"';
    const { code } = await call('replay', 's:0', '--implementation', file('has-its-own', own));
    expect(code).toBe(0);
  });
});

describe('in a command it is a verdict with its program', () => {
  test.each([
    ['null-lists', '(kvm as any).lists = null', 'TypeError: Cannot read properties of null'],
    ['no-slots', '(kvm as any).memslots = undefined', 'TypeError: '],
    ['no-params', '(kvm as any).params = null', 'TypeError: '],
    ['no-functions', '(kvm as any).ops = null; return 0', ''],
    ['no-record', '(kvm as any).record = null', 'TypeError: '],
    ['frozen', 'Object.freeze(kvm.record)', 'TypeError: Cannot assign to read only property'],
    ['no-prototype', 'throw Object.create(null)', 'thrown: object without a text'],
    [
      'trap',
      'throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } })',
      'thrown: object without a text',
    ],
    ['control', 'throw new Error("a\\n\\u001b[31m")', 'Error: a [31m (control.ts:5)'],
  ])('%s', async (name, code, words) => {
    const { code: exit, out } = await call('check', '--implementation', in_to_zap(name, code), ...CHECK);
    const text = out.join('\n');
    expect(text).toMatch(new RegExp(`^${name}: violates \\d, NOT AS EXPECTED`, 'm'));
    expect(text).toContain('broken  primitives-are-used-rightly');
    expect(text).toContain(`got     ${words}`);
    expect(exit).toBe(1);
  });

  test('for an exhaustive search, too', async () => {
    const name = in_to_zap('null-lists-explored', '(kvm as any).lists = null');
    const { code, out } = await call('explore', '--implementation', name, '--depth', '2');
    expect(out.join('\n')).toMatch(/breaks 1; .*[\s\S]*got {5}TypeError: [\s\S]*proven {2}minimal/);
    expect(code).toBe(1);
  });
});

describe('what it throws when nobody calls it is told with its line, beside what was found: exit code 2', () => {
  test.each([
    ['rejects', 'Promise.reject(new Error("late"))', 'Error: late'],
    ['ticks', 'setTimeout(() => { throw new Error("late"); }, 0)', 'Error: late'],
    ['nothing', 'Promise.reject(undefined)', 'rejected with the reason "undefined"'],
    ['symbol', 'queueMicrotask(() => { throw Symbol("s"); })', 'thrown: Symbol(s)'],
    ['odd', 'process.nextTick(() => { throw Object.create(null); })', 'thrown: object without a text'],
  ])('%s', async (name, code, words) => {
    const { code: exit, out, err } = await call('replay', 's:0', '--implementation', in_to_zap(name, code));
    expect(out).toContain(`${name}: case s:0 breaks nothing`);
    expect(err.join('\n')).toContain(words);
    if (words === 'Error: late') expect(err).toEqual([`thrown outside any call: Error: late (${name}.ts:5)`]);
    expect(exit).toBe(2);
  });
});

test('what it throws where it lets nobody hear it ends its thread: a line, exit code 2', async () => {
  const unheard = 'process.removeAllListeners("uncaughtException"); Promise.reject(new Error("late"))';
  const { code, err } = await call('replay', 's:0', '--implementation', in_to_zap('unheard', unheard));
  expect(err.join('\n')).toContain('Error: late');
  expect(code).toBe(2);
});

describe('what it replaces and nothing asks is no green', () => {
  const half = () => file('half', '', `${DEFAULT}, finish_pass() {}`);
  test.each([
    ['explore', '--depth', '2'],
    ['replay', 's:0'],
    ['check', ...CHECK],
  ])('%s', async (...argv) => {
    const { code, err } = await call(...argv, '--implementation', half());
    expect(err).toEqual([
      expect.stringMatching(/^half: entries that it replaces were never called .*: finish_pass \(called by /),
    ]);
    expect(code).toBe(2);
  });

  test('check --json says which, in every object', async () => {
    const { out } = await call('check', '--json', ...CHECK, '--implementation', half());
    for (const { uncalled } of rows_of(out)) expect(uncalled).toEqual(['finish_pass']);
  });

  test.each([['kernel: {}'], ['contract: {}'], ['defects: []']])('%s: nothing is replaced', async (nothing) => {
    const text = `export default { base: 'v6.18', source: 'x', ${nothing} };`;
    const { code, err } = await call('check', '--implementation', implementation('nothing', text));
    expect(err).toEqual([expect.stringMatching(/nothing.ts: replaces nothing of its base v6.18: /)]);
    expect(code).toBe(2);
  });
});

test('a file that never ends is told within seconds of processor time, and so is one that sleeps', async () => {
  const { code, err } = await call('check', '--implementation', file('never-ends', 'for (;;) {}'));
  expect(err).toEqual([
    expect.stringMatching(/never-ends.ts cannot be loaded: it does not end within 5 s of processor/),
  ]);
  expect(code).toBe(2);
});

test.each([['x.js'], ['x.mts'], ['x.mjs'], ['x.d.ts'], ['x']])('%s is no file for --implementation', async (name) => {
  const { code, err } = await call('check', '--implementation', name);
  expect({ code, err }).toEqual({ code: 2, err: [`${name} is no TypeScript file: wanted one like my-patch.ts`] });
});

test('a clock that it stops does not end a search before its time', async () => {
  const stops = file('stops-the-clock', 'globalThis.performance.now = () => Infinity');
  const { code, out } = await call('check', '--implementation', stops, ...CHECK);
  expect(out.join('\n')).toContain('stops-the-clock: conforms, as expected (20 programs');
  expect(code).toBe(0);
});

test('what it posts to the engine is nobody’s', async () => {
  const posts = file('posts', 'process.getBuiltinModule("worker_threads").parentPort.postMessage({ answer: null })');
  if (!('getBuiltinModule' in process)) return;
  expect((await call('replay', 's:0', '--implementation', posts)).code).toBe(0);
});

describe('the program itself', () => {
  const PRINTS = `import * as fs from 'fs';
    import { execSync } from 'child_process';
    process.stdout.write('A\\n');
    globalThis.console.log('B');
    fs.writeSync(1, 'C\\n');
    execSync('echo D', { stdio: 'inherit' });`;

  test('has nothing on its standard output but results, whatever way user code prints', () => {
    const printing = implementation(
      'prints-all-ways',
      `// @ts-nocheck\n${PRINTS}\nexport default { base: 'v6.18', source: 'x', kernel: { to_zap: () => 0 } };`,
    );
    const argv = [program, 'check', '--json', ...CHECK, '--implementation', printing];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).variant),
    ).toContain('prints-all-ways');
    for (const letter of 'ABCD') expect(stderr).toContain(`${letter}\n`);
    expect(status).toBe(1);
  });

  test('that user code kills ends with a line and exit code 2', () => {
    const kills = file('kills', 'process.kill(process.pid, "SIGKILL")');
    const argv = [program, 'check', ...CHECK, '--implementation', kills];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(stderr).toBe('the process was ended by SIGKILL; does the implementation end it?\n');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('%s: what was found so far, and exit code %i; nothing is left', async (signal, code) => {
    const argv = [program, 'check', '--implementation', file('is-ended', ''), '--cases', '100000000', '--seed', 's'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    let printed = '';
    child.stdout.on('data', (data) => {
      printed += data;
      if (String(data).includes('check: 1 variant,')) setTimeout(() => child.kill(signal), 500);
    });
    // The pipe closes when the last process that holds it has ended.
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(code);
    expect(printed).toContain('interrupted: this is what was found so far');
  });

  test('SIGKILL: its processes end with it', async () => {
    const argv = [program, 'check', '--implementation', file('is-killed', ''), '--cases', '100000000', '--seed', 's'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.on('data', (data) => String(data).includes('check: 1 variant,') && child.kill('SIGKILL'));
    await new Promise((resolve) => child.on('exit', resolve));
    const began = performance.now();
    await new Promise((resolve) => child.on('close', resolve));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
