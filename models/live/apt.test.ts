import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { APT_CONF, find_mirrors } from './apt';
import { put } from './kernel_files.fixture';

const folder = fs.mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A new empty folder. */
const empty = () => fs.mkdtempSync(join(folder, 'x'));

describe('mirrors', () => {
  const debian = { archive: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' };
  test.each([
    ['nothing', 'x.list', '', debian],
    [
      'lines; the first that is named',
      'sources.list',
      `# deb http://off.example/debian trixie-updates main
deb cdrom:[Debian 12]/debian bookworm-updates main
deb-src http://src.example/debian bookworm-updates main
deb https://other.example/stable/debian bookworm main
deb [arch=amd64 trusted=no] http://a.example/debian bookworm-updates main # comment
deb http://b.example/debian bookworm-updates main
deb http://a.example/debian-security bookworm-security main`,
      { archive: 'http://a.example/debian', security: 'http://a.example/debian-security' },
    ],
    [
      'stanzas',
      'debian.sources',
      `Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: bookworm-updates

# comment
types: deb-src deb
URIs: mirror+file:/etc/apt/mirrors/debian.list
# comment
Suites: bookworm
  bookworm-updates
Components: main
`,
      { ...debian, archive: 'mirror+file:/etc/apt/mirrors/debian.list' },
    ],
    ['those of others', 'ubuntu.list', 'deb http://archive.ubuntu.com/ubuntu jammy-updates main', debian],
  ])('%s', (_, file, text, mirrors) => expect(find_mirrors([{ file, text }])).toEqual(mirrors));
});

const has_apt = spawnSync('apt-config', ['--version']).error === undefined;

(has_apt ? test : test.skip)('what a machine allows, apt is not allowed here', () => {
  const insecure = join(empty(), 'insecure.conf');
  const own = join(empty(), 'own.conf');
  const names = [
    'APT::Get::AllowUnauthenticated',
    'Acquire::AllowInsecureRepositories',
    'Acquire::AllowWeakRepositories',
    'Acquire::AllowDowngradeToInsecureRepositories',
  ];
  put(insecure, `${names.map((name) => `${name} "true";`).join('\n')}\nAcquire::https::Verify-Peer "false";\n`);
  put(own, APT_CONF);
  const dump = (...args: string[]) =>
    spawnSync('apt-config', [...args, 'dump'], { encoding: 'utf8', env: { ...process.env, APT_CONFIG: insecure } })
      .stdout;
  for (const name of names) {
    expect(dump()).toContain(`${name} "true";`);
    expect(dump('-c', own)).toContain(`${name} "false";`);
  }
  expect(dump('-c', own)).toContain('Acquire::https::Verify-Peer "true";');
});
