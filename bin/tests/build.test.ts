/** The build of a checkout, small and of its own: several at once, killed, where nothing can be written. */
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(__dirname, '..', '..');
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A checkout of which little is compiled: a program that says 7. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
  folders.push(folder);
  for (const name of ['bin', 'harness', 'models', 'properties', 'tools']) mkdirSync(join(folder, name));
  for (const name of ['tools/build.mjs', 'tsconfig.json', 'tsconfig.build.json', 'package.json']) {
    copyFileSync(join(root, name), join(folder, name));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  put(folder, 'bin/main.ts', "import { seven } from '../models/seven';\nprocess.stdout.write(String(seven));\n");
  put(folder, 'models/seven.ts', 'export const seven = 7;\n');
  return folder;
}

const put = (folder: string, file: string, text: string) => writeFileSync(join(folder, file), text);
const start = (folder: string) => spawn(process.execPath, [join(folder, 'tools', 'build.mjs')], { stdio: 'ignore' });
const ended = (child: ReturnType<typeof start>) => new Promise<number | null>((resolve) => child.on('close', resolve));
const build = (folder: string) => {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(folder, 'tools', 'build.mjs')], {
    encoding: 'utf8',
  });
  return { status, stderr, stdout };
};
const BUILT = { status: 0, stderr: '', stdout: '' };
const says = (folder: string) =>
  spawnSync(process.execPath, [join(folder, 'dist/bin/main.js')], { encoding: 'utf8' }).stdout;
const left = (folder: string) => readdirSync(folder).filter((name) => name.startsWith('dist.'));

test('a source that changes, comes or goes', () => {
  const folder = checkout();
  expect(build(folder)).toEqual(BUILT);
  expect(says(folder)).toBe('7');
  const file = join(folder, 'dist/bin/main.js');
  const before = statSync(file).mtimeMs;
  put(folder, 'models/seven.ts', 'export const seven = 8;\n');
  put(folder, 'models/eight.ts', 'export {};\n');
  expect(build(folder)).toEqual(BUILT);
  expect(says(folder)).toBe('8');
  expect(existsSync(join(folder, 'dist/models/eight.js'))).toBe(true);
  // What is as it was, is not touched: whoever runs it is not disturbed.
  expect(statSync(file).mtimeMs).toBe(before);
  rmSync(join(folder, 'models/eight.ts'));
  expect(build(folder)).toEqual(BUILT);
  expect(existsSync(join(folder, 'dist/models/eight.js'))).toBe(false);
  expect(left(folder)).toEqual([]);
});

test('several at once, on a fresh checkout and on one that is not: whoever has ended runs what is whole', async () => {
  const folder = checkout();
  for (const text of ['7', '8']) {
    put(folder, 'models/seven.ts', `export const seven = ${text};\n`);
    const builds = [0, 100, 300].map(async (delay) => {
      await sleep(delay);
      expect(await ended(start(folder))).toBe(0);
      expect(says(folder)).toBe(text);
    });
    await Promise.all(builds);
    expect(left(folder)).toEqual([]);
  }
});

test('killed at any time: the next one builds, and removes what is left', async () => {
  const folder = checkout();
  for (const [i, after] of [100, 600, 1200].entries()) {
    put(folder, 'models/seven.ts', `export const seven = ${i};\n`);
    // Newer than any build, however fast it was.
    utimesSync(join(folder, 'models/seven.ts'), new Date(), new Date());
    const child = start(folder);
    // A build that is done before it is killed has ended by then.
    const end = ended(child);
    await sleep(after);
    child.kill('SIGKILL');
    await end;
    expect(build(folder)).toEqual(BUILT);
    expect(says(folder)).toBe(String(i));
    // A compiler that has lost its parent may still write where it was told to.
    await sleep(100);
  }
});

test('a source that is wrong is no verdict: exit code 2, and what was built stays', () => {
  const folder = checkout();
  build(folder);
  put(folder, 'models/seven.ts', 'export const seven: string = 7;\n');
  expect(build(folder)).toMatchObject({ status: 2, stdout: expect.stringContaining('error TS2322') });
  expect(says(folder)).toBe('7');
  expect(build(folder).status).toBe(2);
  expect(left(folder)).toEqual([]);
});

/** A checkout, built, of a program that looks at its build. */
function checkout_that_looks(): string {
  const built = checkout();
  mkdirSync(join(built, 'bin/process'));
  for (const file of ['bin/process/whole.ts', 'bin/process/machine.ts'])
    copyFileSync(join(root, file), join(built, file));
  const imports = "import './process/whole';\nimport { seven } from '../models/seven';\n";
  put(built, 'bin/main.ts', `${imports}process.stdout.write(String(seven));\n`);
  expect(build(built)).toEqual(BUILT);
  return built;
}

function copied(built: string, how: '-a' | '-r'): string {
  const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
  folders.push(folder);
  expect(spawnSync('cp', [how, `${built}/.`, folder]).status).toBe(0);
  return folder;
}

/** How the program in this checkout ends. */
function result_in(folder: string) {
  const main = spawnSync(process.execPath, [join(folder, 'dist/bin/main.js')], { encoding: 'utf8' });
  return { status: main.status, stdout: main.stdout, stderr: main.stderr.replaceAll(folder, '') };
}

test('what is run is whole, of one build, and not older than its sources: else a line, exit code 2', () => {
  const built = checkout_that_looks();
  /** What a copy says after this change. */
  const after = (change: (file: (name: string) => string) => void) => {
    const folder = copied(built, '-a');
    change((name) => join(folder, name));
    return result_in(folder);
  };
  const good = { status: 0, stdout: '7', stderr: '' };
  const refused = (what: string) => ({ status: 2, stdout: '', stderr: `/dist is ${what}; right: npm run build\n` });
  const seven = 'dist/models/seven.js';
  const of_another = (name: string) => refused(`not whole: "${name}" is torn, or of another build`);

  expect(after(() => {})).toEqual(good);
  expect(after((file) => truncateSync(file(seven), 20))).toEqual(of_another('models/seven.js'));
  const other = readFileSync(join(built, seven), 'utf8').replace('7', '8');
  expect(after((file) => writeFileSync(file(seven), other))).toEqual(of_another('models/seven.js'));
  expect(after((file) => appendFileSync(file('dist/bin/main.js'), '\n'))).toEqual(of_another('bin/main.js'));
  const missing = "ENOENT: no such file or directory, open '/dist/built.json'";
  expect(after((file) => rmSync(file('dist/built.json')))).toEqual(
    refused(`not whole: built.json, which the build writes: ${missing}`),
  );
  expect(after((file) => truncateSync(file('dist/built.json'), 20)).stderr).toMatch(
    /^\/dist is not whole: built.json, which the build writes: [^\n]*\n$/,
  );

  expect(after((file) => appendFileSync(file('models/seven.ts'), '\n'))).toEqual({
    status: 2,
    stdout: '7',
    stderr: '/dist is older than models/seven.ts, and so is what was run; right: npm run build\n',
  });
  const replace = (file: string) => {
    writeFileSync(`${file}.new`, '');
    renameSync(`${file}.new`, file);
  };
  expect(after((file) => replace(file('models/seven.ts')))).toEqual(refused('older than models/seven.ts'));
  expect(after((file) => writeFileSync(file('models/eight.ts'), ''))).toEqual(refused('older than models/eight.ts'));
  expect(after((file) => rmSync(file('models/seven.ts')))).toEqual(refused('older than models/seven.ts'));
  // What is not compiled may come and go; a package has no sources.
  expect(after((file) => writeFileSync(file('models/seven.test.ts'), ''))).toEqual(good);
  expect(
    after((file) => {
      for (const name of ['models', 'tools']) rmSync(file(name), { recursive: true });
    }),
  ).toEqual(good);
});

test.each<[string, (file: (name: string) => string) => void]>([
  ['a file that is torn', (file) => truncateSync(file('dist/models/seven.js'), 20)],
  ['a file that is gone', (file) => rmSync(file('dist/models/seven.js'))],
  ['notes that are gone', (file) => rmSync(file('dist/built.json'))],
  ['notes that are torn', (file) => truncateSync(file('dist/built.json'), 20)],
  ['a checkout that was copied, sources last', (file) => utimesSync(file('models/seven.ts'), new Date(), new Date())],
])('what the program refuses to run, the build mends: %s', (_, change) => {
  const folder = copied(checkout_that_looks(), '-r');
  change((name) => join(folder, name));
  const later = new Date(Date.now() + 60_000);
  // What was copied later than the sources looks newer than them.
  if (existsSync(join(folder, 'dist/built.json'))) utimesSync(join(folder, 'dist/.built'), later, later);
  expect(result_in(folder)).not.toMatchObject({ status: 0, stderr: '' });
  expect(build(folder)).toEqual(BUILT);
  expect(result_in(folder)).toEqual({ status: 0, stdout: '7', stderr: '' });
});

const can_mount = spawnSync('unshare', ['-rm', 'true']).status === 0;

(can_mount ? test : test.skip)('a checkout that cannot be written', () => {
  const folder = checkout();
  const built = checkout();
  build(built);
  const read_only = (checkout: string) => {
    const script = `mount --bind '${checkout}' '${checkout}' && mount -o remount,bind,ro '${checkout}' && exec '${process.execPath}' '${checkout}/tools/build.mjs'`;
    return spawnSync('unshare', ['-rm', 'sh', '-c', script], { encoding: 'utf8' });
  };
  expect(read_only(built)).toMatchObject(BUILT);
  for (const one of [built, folder]) {
    utimesSync(join(one, 'models/seven.ts'), new Date(), new Date());
    const { status, stderr } = read_only(one);
    expect(stderr).toMatch(/^cannot build dist\/, which is older than its sources: EROFS: [^\n]*\n$/);
    expect(status).toBe(2);
  }
});
