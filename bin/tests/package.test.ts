/** The package as it is published, in an empty folder, with nothing beside it but the packages that it says it needs. */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const root = join(__dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => rmSync(folder, { recursive: true }));

const installed = join(folder, 'node_modules', 'kvm-nx-harness');
const { dependencies, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

beforeAll(() => {
  // What its scripts would do, `npm test` has done.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout, stderr, status } = spawnSync('npm', pack, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  const [{ filename }] = JSON.parse(stdout);
  mkdirSync(installed, { recursive: true });
  spawnSync('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed]);
  for (const name of Object.keys(dependencies)) {
    const place = join(folder, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), place);
  }
});

const run = (...argv: string[]) => {
  const program = join(installed, bin['kvm-nx-harness']);
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...argv], {
    cwd: folder,
    encoding: 'utf8',
    // What was found before a run of somebody else's was killed is told from the user's cache.
    env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') },
  });
  return { status, stdout, stderr };
};

test('searches', () => {
  const { status, stdout, stderr } = run('check', 'V1', '--cases', '50', '--seed', 'main');
  expect(stderr).toBe('');
  expect(stdout).toContain('V1: violates 2, as expected');
  expect(status).toBe(0);
});

test('takes an implementation that imports it by its name', () => {
  copyFileSync(join(root, 'docs', 'my-patch.ts'), join(folder, 'my-patch.ts'));
  const { status, stdout } = run('check', '--implementation', 'my-patch.ts', '--cases', '50', '--seed', 'main');
  expect(stdout).toContain('my-patch: violates 2, NOT AS EXPECTED');
  expect(status).toBe(1);
});

test('replays a regression that lies outside of it, by its own schema', () => {
  const file = join(root, 'regressions', 'nobody-to-wake.json');
  copyFileSync(file, join(folder, 'mine.json'));
  expect(run('replay', 'mine.json')).toMatchObject({ status: 0, stdout: expect.stringContaining('mine: as recorded') });
  expect(JSON.parse(run('list', '--schema').stdout).properties.version).toMatchObject({ const: 1 });
});

test('has its recordings, its documents and its types, and nothing of the tests', () => {
  expect(run('conform', join(installed, 'models/traces/linux-6.1.192-stories.jsonl')).status).toBe(0);
  for (const file of ['docs/live.md', 'dist/models/api.d.ts', 'LICENSE', 'README.md']) {
    expect(`${file}: ${existsSync(join(installed, file))}`).toBe(`${file}: true`);
  }
  const agent = 'models/live/agent';
  expect(readdirSync(join(installed, agent)).sort()).toEqual(readdirSync(join(root, agent)).sort());
  const listed = spawnSync(
    'find',
    [installed, '-name', '*.test.*', '-o', '-name', '*.fixture.*', '-o', '-name', '.tsbuildinfo'],
    {
      encoding: 'utf8',
    },
  );
  expect(
    listed.stdout
      .trim()
      .split('\n')
      .map((path) => basename(path)),
  ).toEqual(['']);
});
