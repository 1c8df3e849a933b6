/** What comes from others is the version that was looked at; what may be done with it is written. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const WORKFLOWS = readdirSync(join(root, '.github/workflows')).map((name) => `.github/workflows/${name}`);

describe.each(WORKFLOWS)('%s', (name) => {
  const text = read(name);

  test('names each action by its commit', () => {
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, one]) => one);
    expect(used.length).toBeGreaterThan(0);
    for (const one of used) expect(one).toMatch(/^[\w-]+\/[\w-]+@[\da-f]{40} # v[\d.]+$/);
  });

  test('has rights to read, and no secret; each job has its time', () => {
    expect(text).toMatch(/^permissions:\n {2}contents: read\n(?! )/m);
    expect(text).not.toMatch(/: write|pull_request_target|secrets\./);
    const [, jobs = ''] = text.split(/^jobs:\n/m);
    const each = jobs.split(/^(?= {2}[\w-]+:$)/m);
    expect(each.length).toBeGreaterThan(0);
    for (const job of each) expect(job).toMatch(/^ {4}timeout-minutes: \d+$/m);
  });
});

test('packages are pinned, and each comes with its checksum', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  for (const version of Object.values({ ...dependencies, ...devDependencies }))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  const packages: [string, { integrity?: string; link?: boolean }][] = Object.entries(
    JSON.parse(read('package-lock.json')).packages,
  );
  const unchecked = packages.filter(([name, { integrity }]) => name !== '' && !integrity?.startsWith('sha512-'));
  expect(unchecked.map(([name]) => name)).toEqual([]);
  for (const kind of ['npm', 'github-actions'])
    expect(read('.github/dependabot.yml')).toContain(`package-ecosystem: ${kind}`);
});

test('whatever runs what others have made is in SECURITY.md, and so is what that may do', () => {
  const text = read('SECURITY.md').replaceAll(/\s+/g, ' ');
  for (const option of ['--implementation', '--kernel PATH', '--kernel debian:', '--modules', '--target host'])
    expect(text).toContain(option);
  expect(text).toContain('with all rights of the user who started it');
  expect(text).toContain('`pull_request_target`');
});
