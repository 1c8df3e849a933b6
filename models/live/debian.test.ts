import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { APT_CONF, find_mirrors } from './apt';
import { cached_kernel, DEBIAN_KERNELS, debian_kernel, debian_kernels } from './debian';
import { bz_image, module_of, put } from './kernel_files.fixture';
import { check_built_for, load_order, modinfo, release_of } from './modules';
import { by_version, debian_series, held_kernels, held_lines, kernels_in, newest_kernel, suites_in } from './packages';

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

describe('the newest kernel', () => {
  const shown = (...packages: [string, string, number?][]) =>
    packages
      .map(([name, version, size = 2e7]) => `Package: linux-${name}\nVersion: ${version}\nDepends: x\nSize: ${size}\n`)
      .join('\n');
  const chosen = (series: string, ...packages: Parameters<typeof shown>) =>
    (newest_kernel(kernels_in(shown(...packages)), series)?.packages ?? []).map(
      ({ name, version }) => `${name} ${version}`,
    );

  test('by numbers, of its series only, unsigned if there is that', () => {
    const packages: [string, string][] = [
      ['image-6.1.0-9-cloud-amd64', '6.1.99-3'],
      ['image-6.1.0-56-cloud-amd64', '6.1.192-2'],
      ['image-6.1.0-56-cloud-amd64-unsigned', '6.1.192-2'],
      ['image-6.1.0-56-cloud-amd64-dbg', '6.1.193-1'],
      ['image-6.1.0-56-amd64', '6.1.193-1'],
      ['image-6.12.9+deb13-cloud-amd64', '6.12.9-1'],
    ];
    expect(chosen('6.1', ...packages)).toEqual(['linux-image-6.1.0-56-cloud-amd64-unsigned 6.1.192-2']);
    expect(chosen('6.12', ...packages)).toEqual(['linux-image-6.12.9+deb13-cloud-amd64 6.12.9-1']);
    expect(chosen('6.2', ...packages)).toEqual([]);
    expect(chosen('6.1', ['image-6.1.0-57-cloud-amd64', '6.1.193-1'], ...packages)[0]).toContain('6.1.193-1');
  });

  test('in several packages: only whole ones, not the package that depends on them', () => {
    const parts = (release: string, version: string): [string, string, number?][] => [
      [`image-${release}-cloud-amd64`, version, 1928],
      [`modules-${release}-cloud-amd64`, version],
      [`base-${release}-cloud-amd64`, version],
    ];
    const packages: Parameters<typeof shown> = [
      ...parts('7.3.5+deb13', '7.3.5-1~bpo13+1'),
      ...parts('7.3.4+deb13', '7.3.4-1~bpo13+1'),
      ['binary-7.3.4+deb13-cloud-amd64', '7.3.4-1~bpo13+1'],
    ];
    const names = (kind: string) =>
      [kind, 'modules', 'base'].map((part) => `linux-${part}-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1`);
    expect(chosen('7.3', ...packages)).toEqual(names('binary'));
    const unsigned: [string, string] = ['binary-unsigned-7.3.4+deb13-cloud-amd64', '7.3.4-1~bpo13+1'];
    expect(chosen('7.3', ...packages, unsigned)).toEqual(names('binary-unsigned'));
  });

  test('series: a release candidate has one of its own', () => {
    const versions = ['7.3.4-1~bpo13+1', '7.3-1~exp1', '7.3~rc7-1~exp1', '6.1.192-2'];
    expect(versions.map(debian_series)).toEqual(['7.3', '7.3', '7.3~rc7', '6.1']);
  });

  test('which suites hold whole kernels', () => {
    const packages: Parameters<typeof shown> = [
      ['image-6.12.9+deb13-cloud-amd64', '6.12.9-1'],
      ['image-6.12.9+deb13-cloud-amd64-unsigned', '6.12.9-1'],
      ['image-6.1.0-56-cloud-amd64-unsigned', '6.1.192-2'],
      ['image-6.12.10+deb13-cloud-amd64', '6.12.10-1'],
      ['binary-6.19.14+deb13-cloud-amd64', '6.19.14-1~bpo13+1'],
    ];
    const madison = [
      'linux-image-6.12.9+deb13-cloud-amd64-unsigned | 6.12.9-1 | http://m.example/debian trixie/main amd64 Packages',
      ' linux-image-6.12.9+deb13-cloud-amd64-unsigned |   6.12.9-1 | http://m.example/s trixie-security/main amd64 Packages',
      'linux-image-6.12.10+deb13-cloud-amd64 | 6.12.10-1 | http://m.example/s trixie-security/main amd64 Packages',
      'linux-image-6.1.0-56-cloud-amd64-unsigned | 6.1.192-2 | http://m.example/debian bookworm/main amd64 Packages',
      'linux | 6.1.192-2 | http://m.example/debian bookworm/main Sources',
    ].join('\n');
    const kernels = kernels_in(shown(...packages));
    expect(kernels.map(({ version, packages }) => [version, packages.length])).toEqual([
      ['6.19.14-1~bpo13+1', 0],
      ['6.12.10-1', 1],
      ['6.12.9-1', 1],
      ['6.1.192-2', 1],
    ]);
    const held = held_kernels(kernels, suites_in(madison));
    expect(held).toContainEqual({ series: '6.12', version: '6.12.9-1', suites: ['trixie', 'trixie-security'] });
    expect(held_lines(held)).toEqual([
      'debian:6.1   bookworm         6.1.192-2',
      'debian:6.12  trixie-security  6.12.10-1',
      '             trixie           6.12.9-1',
    ]);
    const many = Array.from({ length: 9 }, (_, i) => ({ series: '6.1', version: `6.1.${190 - i}-1`, suites: ['x'] }));
    expect(held_lines(many).map((line) => line.length > 100 || line.slice(0, 15))).toEqual([
      'debian:6.1  x  ',
      ' '.repeat(15),
    ]);
    expect(held_lines([])).toEqual([]);
  });

  test('order of versions', () => {
    const versions = ['6.1.99-3', '6.1.192-2', '6.1.192-10', '6.12.9-1', '7.3.4-1~bpo13+1', '7.3.4-1~bpo13+2'];
    expect(versions.toReversed().sort(by_version)).toEqual(versions);
  });
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

describe('modules', () => {
  test('what a module says', () => {
    const elf = module_of('license=GPL', 'alias=a', 'depends=b,c', 'alias=d=e');
    expect(modinfo(elf, 'depends', 'x')).toEqual(['b,c']);
    expect(modinfo(elf, 'alias', 'x')).toEqual(['a', 'd=e']);
    expect(modinfo(elf, 'softdep', 'x')).toEqual([]);
  });

  test.each([Buffer.alloc(0), Buffer.alloc(4096), module_of('depends=').subarray(0, 100)])('no module', (elf) => {
    expect(() => modinfo(elf, 'depends', 'x.ko')).toThrow('x.ko is no kernel module');
  });

  /** Names in the order of loading. */
  function order(files: Record<string, Buffer>, built_in: string, ...names: string[]): string[] {
    const modules = empty();
    for (const [file, elf] of Object.entries(files)) put(join(modules, 'kernel', file), elf);
    put(join(modules, 'modules.builtin'), built_in);
    return load_order(modules, names).map((file) => file.slice(join(modules, 'kernel').length + 1));
  }

  test('each after what it needs, and once; - is _; what is built in is left out', () => {
    const files = {
      'arch/kvm-amd.ko': module_of('depends=kvm,ccp-x'),
      'arch/kvm.ko': module_of('depends=irqbypass'),
      'virt/irqbypass.ko': module_of('depends='),
      'crypto/ccp_x.ko': module_of('depends=kvm', 'softdep=pre: early gone post: late'),
      'early.ko': module_of('depends='),
      'late.ko': module_of('depends='),
    };
    const built_in = 'kernel/drivers/virtio-pci.ko\nkernel/x.ko\n';
    const wanted = ['virt/irqbypass.ko', 'arch/kvm.ko', 'early.ko', 'crypto/ccp_x.ko', 'arch/kvm-amd.ko'];
    expect(order(files, built_in, 'virtio_pci', 'kvm_amd', 'kvm')).toEqual(wanted);
  });

  test('without a list of what is built in, that is named', () => {
    expect(() => load_order(empty(), ['a'])).toThrow(
      /^no module a \(CONFIG_A\) in \S+; it may be built in, but \S+modules.builtin is missing/,
    );
  });

  test.each([
    ['a bzImage', bz_image('7.3.4+deb13-cloud-amd64'), '7.3.4+deb13-cloud-amd64'],
    ['a vmlinux', Buffer.from('\x7fELF\0\0Linux version 7.3.4-mine (somebody) #1'), '7.3.4-mine'],
    ['nothing', Buffer.alloc(0x400), null],
    ['a bzImage that points to where it does not reach', bz_image('').fill(0xff, 0x20e, 0x210), null],
  ])('the release of %s', (_, image, release) => expect(release_of(image)).toBe(release));

  test('modules of another kernel are named as such', () => {
    const elf = module_of('vermagic=6.12.117+deb12 SMP preempt mod_unload');
    expect(() => check_built_for(bz_image('6.12.117+deb12'), elf, 'kvm.ko')).not.toThrow();
    expect(() => check_built_for(bz_image('6.12.118'), elf, 'kvm.ko')).toThrow(
      'the modules are of another kernel: kvm.ko is of Linux 6.12.117+deb12, the kernel is Linux 6.12.118',
    );
    expect(() => check_built_for(Buffer.alloc(9), elf, 'kvm.ko')).not.toThrow();
  });

  test('one that is needed is nowhere', () => {
    expect(() => order({ 'a.ko': module_of('depends=b') }, '', 'a')).toThrow(/^no module b in .*, which a needs$/);
    expect(() => order({}, '', 'a')).toThrow(/^no module a \(CONFIG_A\) in \S+$/);
  });
});

describe('debian_kernel', () => {
  const PATH = process.env['PATH'];
  afterEach(() => {
    process.env['PATH'] = PATH;
  });

  /** Programs in place of apt's and dpkg's: shell scripts, with the files of a package in `tree`. */
  function pretend(update: string, unpack = 'true'): void {
    const bin = empty();
    const tree = empty();
    const modules = join(tree, 'lib/modules/6.1.0-56-cloud-amd64');
    put(join(tree, 'boot/vmlinuz-6.1.0-56-cloud-amd64'), 'image');
    put(join(modules, 'kernel/kvm-amd.ko'), module_of('depends='));
    put(join(modules, 'kernel/not-needed.ko'), module_of('depends='));
    put(join(modules, 'modules.builtin'), 'kernel/virtio_pci.ko\nkernel/virtio_console.ko\nkernel/kvm-intel.ko\n');
    const script = (name: string, body: string) =>
      put(join(bin, name), `#!/bin/sh\n[ "$1" = --version ] && exit\n${body}\n`, 0o755);
    script('apt-get', `case "$*" in *update) ${update};; *download*=6.1.192-2) touch x.deb;; *) exit 9;; esac`);
    const name = 'linux-image-6.1.0-56-cloud-amd64';
    const shown = `Package: ${name}\\nVersion: 6.1.192-2\\nSize: 27000000\\n`;
    const held = `${name} | 6.1.192-2 | http://m.example/debian bookworm/main amd64 Packages`;
    script(
      'apt-cache',
      `case "$*" in *pkgnames*) echo ${name};; *madison*) echo '${held}';; *) printf '${shown}';; esac`,
    );
    script('dpkg-deb', `${unpack}; cp -R '${tree}' "$3"`);
    script('xz', 'exit 9');
    process.env['PATH'] = [bin, PATH].join(delimiter);
  }

  const environment = () => ({ env: process.env, now: () => Date.now() });
  const keys = join(folder, 'keys');
  put(keys, '');
  const machine = { apt: join(folder, 'no-apt'), keyrings: [join(folder, 'none'), keys] };

  async function call(cache: string, signal = new AbortController().signal, name = 'debian:6.1') {
    const lines: string[] = [];
    const { image, modules } = await debian_kernel(
      name,
      cache,
      (line) => lines.push(line),
      signal,
      environment(),
      machine,
    );
    return { image: image.slice(cache.length + 1), modules: modules.slice(cache.length + 1), lines };
  }

  const kernel = {
    image: 'debian-6.1.192-2/vmlinuz',
    modules: 'debian-6.1.192-2/lib/modules/6.1.0-56-cloud-amd64',
  };
  const long_ago = (path: string) => fs.utimesSync(path, new Date(0), new Date(0));

  test('fetched; then from the cache, with no programs; once a day asked for a newer one', async () => {
    pretend('test "$(cat sources.list | wc -l)" = 2 && test -e status');
    const cache = join(empty(), 'new');
    const { lines, ...files } = await call(cache);
    expect(files).toEqual(kernel);
    expect(lines).toEqual([
      'debian:6.1: reading package lists',
      'debian:6.1: fetching linux-image-6.1.0-56-cloud-amd64 (27 MB)',
      'debian:6.1: unpacking',
    ]);
    expect(fs.readFileSync(join(cache, kernel.image), 'utf8')).toBe('image');
    expect(fs.readdirSync(join(cache, kernel.modules, 'kernel'))).toEqual(['kvm-amd.ko']);
    expect(fs.readdirSync(cache)).toEqual(['debian-6.1.192-2']);

    process.env['PATH'] = '';
    expect(await call(cache)).toEqual({ ...kernel, lines: [] });
    long_ago(join(cache, 'debian-6.1.192-2'));
    const why = 'apt-get does not run on this machine; taking the one fetched before';
    expect(await call(cache)).toEqual({ ...kernel, lines: [`debian:6.1: ${why}`] });

    pretend('true');
    long_ago(join(cache, 'debian-6.1.192-2'));
    expect(await call(cache)).toEqual({ ...kernel, lines: ['debian:6.1: reading package lists'] });
    expect(await call(cache)).toEqual({ ...kernel, lines: [] });
  });

  test('several at once; what a killed process left is removed', async () => {
    // No process continues before all of them have fetched the kernel.
    const fetched = empty();
    pretend(
      'true',
      `touch '${fetched}'/$$; for i in $(seq 1000); do [ $(ls '${fetched}' | wc -l) = 3 ] && break; sleep 0.01; done`,
    );
    const cache = empty();
    const left = join(cache, 'fetching-x.tmp');
    put(join(left, 'y'), '');
    long_ago(left);
    for (const { lines, ...files } of await Promise.all([call(cache), call(cache), call(cache)])) {
      expect(files).toEqual(kernel);
      expect(lines).toHaveLength(3);
    }
    expect(fs.readdirSync(cache)).toEqual(['debian-6.1.192-2']);
  });

  test('one that a killed process of this machine left is removed at once', async () => {
    pretend('true');
    const cache = empty();
    const ended = spawnSync('true').pid;
    for (const pid of [ended, process.pid]) put(join(cache, `fetching-${hostname()}-${pid}-x.tmp`, 'y'), '');
    await call(cache);
    expect(fs.readdirSync(cache)).toEqual(['debian-6.1.192-2', `fetching-${hostname()}-${process.pid}-x.tmp`]);
  });

  test.each<[string, (kernel: string) => void]>([
    ['without an image', (kernel) => fs.rmSync(join(kernel, 'vmlinuz'))],
    ['with half an image', (kernel) => fs.truncateSync(join(kernel, 'vmlinuz'), 2)],
    ['with another module', (kernel) => put(join(kernel, KVM_AMD), 'x')],
    ['without modules', (kernel) => fs.rmSync(join(kernel, 'lib'), { recursive: true })],
    [
      'with nothing',
      (kernel) => {
        fs.rmSync(kernel, { recursive: true });
        fs.mkdirSync(kernel);
      },
    ],
  ])('one that is damaged (%s) is fetched again', async (_, damage) => {
    pretend('true');
    const cache = empty();
    await call(cache);
    damage(join(cache, 'debian-6.1.192-2'));
    expect(cached_kernel('debian:6.1', cache)).toBeNull();
    expect(await call(cache)).toMatchObject({ ...kernel, lines: { length: 3 } });
    expect(fs.readFileSync(join(cache, kernel.image), 'utf8')).toBe('image');
    expect(await call(cache)).toEqual({ ...kernel, lines: [] });
    expect(fs.readdirSync(cache)).toEqual(['debian-6.1.192-2']);
  });
  const KVM_AMD = 'lib/modules/6.1.0-56-cloud-amd64/kernel/kvm-amd.ko';

  test('a mirror that is behind', async () => {
    pretend('true');
    const cache = empty();
    const modules = 'debian-6.1.200-1/lib/modules/6.1.0-60-cloud-amd64';
    put(join(cache, modules, 'modules.builtin'), '');
    put(join(cache, 'debian-6.1.200-1/vmlinuz'), 'image');
    long_ago(join(cache, 'debian-6.1.200-1'));
    expect(await call(cache)).toMatchObject({ modules, lines: { length: 3 } });
    expect(await call(cache)).toMatchObject({ modules, lines: { length: 0 } });
  });

  test('aborted: programs are stopped, and nothing stays', async () => {
    pretend('touch ../running; exec sleep 1000');
    const cache = empty();
    const abort = new AbortController();
    const watch = setInterval(() => fs.existsSync(join(cache, 'running')) && abort.abort(new Error('enough')), 10);
    await expect(call(cache, abort.signal)).rejects.toThrow('enough');
    clearInterval(watch);
    expect(fs.readdirSync(cache)).toEqual(['running']);
  });

  test.each([
    ["echo 'E: Failed to fetch x' >&2; echo 'E: Some index files failed' >&2; exit 100", 'apt-get: Failed to fetch x'],
    ['exit 7', 'apt-get: exit code 7'],
  ])('no network, and nothing in the cache', async (update, why) => {
    pretend(update);
    const cache = empty();
    const message = `no debian:6.1: ${why}; a kernel that is there already: --kernel PATH`;
    await expect(call(cache)).rejects.toMatchObject({ name: 'CallError', message });
    expect(fs.readdirSync(cache)).toEqual([]);
  });

  const ALL_READ = `for one in ${'bookworm bookworm-security bookworm-backports trixie trixie-security trixie-backports forky sid experimental'}; do touch lists/mirror_debian_dists_"$one"_InRelease; done`;

  test.each([
    [
      'true',
      'debian:7.3',
      'apt-get update has not fetched the package lists of trixie-backports, and its exit code was 0',
    ],
    [
      'true',
      'debian:6.12',
      'apt-get update has not fetched the package lists of trixie and trixie-security, and its exit code was 0',
    ],
    [
      'touch lists/mirror_debian_dists_trixie_InRelease',
      'debian:6.12',
      'apt-get update has not fetched the package lists of trixie-security, and its exit code was 0',
    ],
    [
      'touch lists/mirror_debian_dists_trixie-backports_InRelease',
      'debian:7.3',
      'Debian has no Linux 7.3 in trixie-backports; there are:',
    ],
    [
      ALL_READ,
      'debian:6.19',
      'Debian has no Linux 6.19 in bookworm or bookworm-security or bookworm-backports or trixie or trixie-security or trixie-backports or forky or sid or experimental; there are:',
    ],
    [
      // What its own suites do not have, the others may.
      ALL_READ,
      'debian:6.1=6.1.191-1',
      'Debian has no Linux 6.1.191-1 in bookworm or bookworm-security or bookworm-backports or trixie or trixie-security or trixie-backports or forky or sid or experimental; there are:',
    ],
  ])('an apt that ends well after "%s" has no %s, and why is told', async (update, name, why) => {
    pretend(update);
    const there = why.endsWith(':');
    const message = `no ${name}: ${why}${there ? '' : '; a kernel that is there already: --kernel PATH'}`;
    const details = there ? ['debian:6.1  bookworm  6.1.192-2'] : [];
    const cache = empty();
    await expect(call(cache, undefined, name)).rejects.toMatchObject({ name: 'CallError', message, details });
    expect(fs.readdirSync(cache)).toEqual([]);
  });

  test('one version: fetched once, and never again; the newest is another question', async () => {
    pretend('true');
    const cache = empty();
    const { lines, ...files } = await call(cache, undefined, 'debian:6.1=6.1.192-2');
    expect([files, lines.length]).toEqual([kernel, 3]);
    long_ago(join(cache, 'debian-6.1.192-2'));
    process.env['PATH'] = '';
    expect(await call(cache, undefined, 'debian:6.1=6.1.192-2')).toEqual({ ...kernel, lines: [] });
    const other = call(cache, undefined, 'debian:6.1=6.1.193-1');
    await expect(other).rejects.toMatchObject({
      name: 'CallError',
      message: expect.stringContaining('no debian:6.1=6.1.193-1: '),
    });
  });

  test('a series that is not listed is looked for in all suites that can be read', async () => {
    pretend(
      'case "$(cat sources.list)" in *sid*) echo "E: expired" >&2; exit 100;; esac; touch "lists/x_dists_$(cut -d" " -f7 sources.list)_Release"',
    );
    const lines: string[] = [];
    const signal = new AbortController().signal;
    const told = (line: string) => void lines.push(line);
    const other = debian_kernel('debian:6.19', empty(), told, signal, environment(), machine);
    const why =
      'Debian has no Linux 6.19 in bookworm or bookworm-security or bookworm-backports or trixie or trixie-security or trixie-backports or forky or experimental; there are:';
    await expect(other).rejects.toMatchObject({ message: expect.stringContaining(why) });
    expect(lines).toEqual(['debian:6.19: reading package lists', 'debian:6.19: without sid: apt-get: expired']);
    pretend('exit 100');
    const none = debian_kernel('debian:6.19', empty(), told, signal, environment(), machine);
    await expect(none).rejects.toMatchObject({ message: expect.stringContaining('sid, experimental can be read') });
  });

  test('all that there is; nothing is known where a list was not read', async () => {
    const signal = new AbortController().signal;
    const lines: string[] = [];
    const cache = empty();
    const list = () => debian_kernels(cache, (line) => lines.push(line), signal, environment(), machine);
    pretend(`case "$(cat sources.list)" in *sid*) echo "E: expired" >&2; exit 100;; esac; ${ALL_READ}`);
    expect(await list()).toEqual([{ series: '6.1', version: '6.1.192-2', suites: ['bookworm'] }]);
    expect(lines).toEqual(['reading package lists', 'without sid: apt-get: expired']);
    pretend('true');
    const unread = /^what Debian holds is not known: apt-get update has not fetched the package lists of bookworm and /;
    await expect(list()).rejects.toMatchObject({ name: 'CallError', message: expect.stringMatching(unread) });
    expect(fs.readdirSync(cache)).toEqual([]);
  });

  test('of a kernel only some packages are there', async () => {
    pretend(ALL_READ);
    const bin = process.env['PATH']?.split(delimiter)[0] ?? '';
    const shown = 'Package: linux-binary-6.19.14+deb13-cloud-amd64\\nVersion: 6.19.14-1\\nSize: 13000000\\n';
    const names = 'linux-binary-6.19.14+deb13-cloud-amd64';
    put(
      join(bin, 'apt-cache'),
      `#!/bin/sh\ncase "$*" in *pkgnames*) echo ${names};; *) printf '${shown}';; esac\n`,
      0o755,
    );
    const why =
      /^no debian:6.19: of Linux 6.19.14-1 Debian has only some packages, without the modules, in bookworm or /;
    await expect(call(empty(), undefined, 'debian:6.19')).rejects.toMatchObject({
      message: expect.stringMatching(why),
    });
  });

  test('wrong calls', async () => {
    pretend('true');
    const signal = new AbortController().signal;
    const wrong = (message: RegExp) => ({ name: 'CallError', message: expect.stringMatching(message) });
    const known = DEBIAN_KERNELS.join(', ');
    const unknown = `no kernel "debian:5.4"; did you mean "debian:6.1"\\? known: ${known}; \`--kernel debian:\` lists all`;
    await expect(call(empty(), signal, 'debian:5.4')).rejects.toMatchObject(wrong(new RegExp(`^${unknown}$`)));
    const odd = call(empty(), signal, 'debian:6.1=6.12.1-1');
    await expect(odd).rejects.toMatchObject(wrong(/6.12.1-1 is no version of Linux 6.1; wanted one like 6.1.4-1/));
    for (const name of ['debian:', 'debian:7', 'debian:7.3=', 'debian:x.y'])
      await expect(call(empty(), signal, name)).rejects.toMatchObject(wrong(/^no kernel "debian:/));
    await expect(call(keys)).rejects.toMatchObject(wrong(/^no debian:6.1: ENOTDIR: /));
    const no_keys = debian_kernel('debian:6.1', empty(), () => {}, signal, environment(), { ...machine, keyrings: [] });
    await expect(no_keys).rejects.toMatchObject(wrong(/install debian-archive-keyring/));
  });
});
