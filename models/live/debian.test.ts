import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cached_kernel, DEBIAN_KERNELS, debian_kernel, debian_kernels } from './debian';
import { module_of, put } from './kernel_files.fixture';

const folder = fs.mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A new empty folder. */
const empty = () => fs.mkdtempSync(join(folder, 'x'));

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
