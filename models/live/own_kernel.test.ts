import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bz_image, config_of, module_of, put, vmlinux_of } from './kernel_files.fixture';
import { load_order } from './modules';
import { deb_kernel, is_deb } from './own_deb';
import { own_kernel } from './own_kernel';

const folder = fs.mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));
const empty = () => fs.mkdtempSync(join(folder, 'x'));

/** A folder with these files. */
function of_files(files: Readonly<Record<string, string | Buffer>>): string {
  const at = empty();
  for (const [name, content] of Object.entries(files)) put(join(at, name), content);
  return at;
}

/** What is found at this path of a folder, with the folder left out. */
function found(at: string, path = '', modules: string | null = null) {
  const kernel = own_kernel(join(at, path), modules);
  const plain = (one: string) => join('/', one.replace(at, ''));
  return { image: plain(kernel.image), modules: kernel.modules === null ? null : plain(kernel.modules) };
}

const wrong = (at: string, path = '') => {
  try {
    own_kernel(join(at, path), null);
  } catch (error) {
    const { name, message, details } = error as { name: string; message: string; details: readonly string[] };
    return [name, message.replaceAll(at, ''), ...details.map((line) => line.trim().replaceAll(at, ''))];
  }
  throw new Error('nothing is wrong');
};

const AMD_MODULE = { 'modules.order': 'arch/x86/kvm/kvm.o\narch/x86/kvm/kvm-amd.o\nfs/not-built.o\n' };
const MODULES = {
  'arch/x86/kvm/kvm.ko': module_of('depends='),
  'arch/x86/kvm/kvm-amd.ko': module_of('depends=kvm'),
  'modules.builtin': 'kernel/drivers/virtio/virtio_pci.ko\n',
  'kernel/fork.c': '',
};

describe('a build tree', () => {
  const vmlinux = vmlinux_of('7.3.0');

  test('all built in: the vmlinux, where QEMU can start it; from within it, too', () => {
    const at = of_files({ '.config': config_of(), vmlinux, 'arch/x86/boot/bzImage': bz_image('7.3.0') });
    expect(found(at)).toEqual({ image: '/vmlinux', modules: null });
    expect(found(at, 'arch/x86/boot/bzImage')).toEqual({ image: '/arch/x86/boot/bzImage', modules: null });
    put(join(at, '.config'), config_of({ PVH: null }));
    expect(found(at)).toEqual({ image: '/arch/x86/boot/bzImage', modules: null });
  });

  test('modules are those of the tree, in their order, and not the folder kernel of the source', () => {
    const at = of_files({ '.config': config_of({ KVM: 'm', KVM_AMD: 'm' }), vmlinux, ...AMD_MODULE, ...MODULES });
    for (const path of ['', 'vmlinux']) expect(found(at, path)).toEqual({ image: '/vmlinux', modules: '/' });
    const order = load_order(at, ['virtio_pci', 'kvm_amd']).map((file) => file.slice(at.length));
    expect(order).toEqual(['/arch/x86/kvm/kvm.ko', '/arch/x86/kvm/kvm-amd.ko']);
    put(join(at, 'modules.order'), 'kernel/arch/x86/kvm/kvm-amd.ko\nkernel/arch/x86/kvm/kvm.ko\n');
    expect(load_order(at, ['kvm_amd'])).toHaveLength(2);
    expect(() => load_order(at, ['virtio_console'])).toThrow(/^no module virtio_console \(CONFIG_VIRTIO_CONSOLE\) in /);
    expect(found(at, '', '/elsewhere').modules).toBe('/elsewhere');
  });

  test.each<[string, Record<string, string | Buffer>, string[]]>([
    [
      'not configured',
      { Kconfig: '', 'arch/x86/Kconfig': '' },
      [
        ' is the source of a kernel that is not built: it has no .config',
        'make KCONFIG_ALLCONFIG=PATH/docs/kvm-nx.config allnoconfig && make -j$(nproc) vmlinux',
      ],
    ],
    ['not built', { '.config': config_of() }, [' is not built: it has no vmlinux', 'make -j$(nproc) vmlinux']],
    [
      'not built, and only a bzImage can be started',
      { '.config': config_of({ PVH: null }), vmlinux },
      [' is not built: it has no arch/x86/boot/bzImage', 'make -j$(nproc) bzImage'],
    ],
    [
      'without modules',
      { '.config': config_of({ KVM: 'm', KVM_AMD: 'm' }), vmlinux },
      [' has no modules, and CONFIG_KVM, CONFIG_KVM_AMD are built as such', 'make -j$(nproc) modules'],
    ],
    [
      'without what is needed',
      { '.config': config_of({ KVM_AMD: null, DEVTMPFS: 'm' }), vmlinux },
      [
        'this kernel is built without CONFIG_DEVTMPFS, CONFIG_KVM_AMD (/.config); docs/kvm-nx.config has what is needed',
      ],
    ],
  ])('%s', (_, files, lines) => expect(wrong(of_files(files))).toEqual(['CallError', ...lines]));

  test('an image that is older than what it is made of', () => {
    const files = { '.config': config_of({ PVH: null }), vmlinux, 'arch/x86/boot/bzImage': bz_image('7.3.0') };
    const at = of_files(files);
    fs.utimesSync(join(at, 'arch/x86/boot/bzImage'), 1, 1);
    const why = '/arch/x86/boot/bzImage is older than /vmlinux: it is another kernel';
    expect(wrong(at)).toEqual(['CallError', why, 'make -j$(nproc) bzImage']);
  });

  test('a vmlinux that says nothing of how it is started', () => {
    const at = of_files({ '.config': config_of({ PVH: null }), vmlinux });
    expect(wrong(at, 'vmlinux')[1]).toMatch(/^this kernel is built without CONFIG_PVH /);
  });
});

describe('an installed kernel', () => {
  const image = bz_image('7.3.0-mine');
  const module = { 'lib/modules/7.3.0-mine/kernel/kvm.ko': module_of('depends=') };

  test.each<[string, Record<string, string | Buffer>, string, string]>([
    ['beside /boot', { 'boot/vmlinuz-7.3.0-mine': image, ...module }, 'boot/vmlinuz-7.3.0-mine', ''],
    ['here', { 'my-image': image, ...module }, 'my-image', ''],
    ['in /usr', { 'boot/x': image, 'usr/lib/modules/7.3.0-mine/kernel/x': '' }, 'boot/x', 'usr/'],
    ['with its modules', { 'lib/modules/7.3.0-mine/vmlinuz': image, ...module }, 'lib/modules/7.3.0-mine/vmlinuz', ''],
  ])('%s', (_, files, path, usr) => {
    const modules = `/${usr}lib/modules/7.3.0-mine`;
    expect(found(of_files(files), path)).toEqual({ image: `/${path}`, modules });
  });

  test('as a folder', () => {
    const modules = '/lib/modules/7.3.0-mine';
    const at = of_files({ 'boot/vmlinuz-7.3.0-mine': image, 'boot/vmlinuz.old': image, ...module });
    expect(found(at)).toEqual({ image: '/boot/vmlinuz-7.3.0-mine', modules });
    const whole = of_files({ 'lib/modules/7.3.0-mine/vmlinuz.unsigned': image, ...module });
    expect(found(whole)).toEqual({ image: `${modules}/vmlinuz.unsigned`, modules });
    put(join(at, 'vmlinuz'), image);
    const [, message, ...images] = wrong(at);
    expect([message, images]).toEqual([
      'several kernels in : name one of them',
      ['/vmlinuz', '/boot/vmlinuz-7.3.0-mine'],
    ]);
  });

  test('without modules of its release, or with a configuration that lacks something', () => {
    const at = of_files({ 'boot/vmlinuz': bz_image('7.3.0-other'), ...module });
    expect(found(at, 'boot/vmlinuz').modules).toBeNull();
    put(join(at, 'boot/config-7.3.0-other'), config_of({ KVM_AMD: null }));
    expect(wrong(at, 'boot/vmlinuz')[1]).toMatch(/^this kernel is built without CONFIG_KVM_AMD \(/);
  });

  test.each<[string, Record<string, string>, string, RegExp]>([
    ['nothing', { 'a/b': '' }, '', /^no kernel in : neither a tree that is built .* nor a vmlinuz$/],
    ['no image', { x: 'x'.repeat(1000) }, 'x', /^\/x is no kernel: neither a bzImage nor a vmlinux$/],
    ['an empty file', { x: '' }, 'x', /^\/x is no kernel/],
  ])('%s', (_, files, path, why) =>
    expect(wrong(of_files(files), path)).toEqual(['CallError', expect.stringMatching(why)]),
  );
});

const has_dpkg = spawnSync('dpkg-deb', ['--version']).error === undefined;

(has_dpkg ? describe : describe.skip)('a package', () => {
  const release = '7.3.0-mine';
  const modules = `lib/modules/${release}`;
  const IMAGE = { [`boot/vmlinuz-${release}`]: bz_image(release) };
  const KVM = {
    [`${modules}/kernel/kvm-amd.ko`]: module_of('depends='),
    [`${modules}/kernel/other.ko`]: module_of('depends='),
    [`${modules}/modules.builtin`]: 'kernel/virtio_pci.ko\nkernel/virtio_console.ko\n',
  };

  /** Makes a package of these files. */
  function pack(into: string, name: string, files: Readonly<Record<string, string | Buffer>>): string {
    const tree = of_files({
      ...files,
      'DEBIAN/control': `Package: x\nVersion: 1\nArchitecture: amd64\nMaintainer: x <x@x.example>\nDescription: x\n`,
    });
    const file = join(into, name);
    const { status, stderr } = spawnSync('dpkg-deb', ['--root-owner-group', '-Znone', '-b', tree, file]);
    if (status !== 0) throw new Error(String(stderr));
    return file;
  }

  const machine = { env: process.env, now: () => Date.now() };
  const kernel_in = (file: string, cache: string) => deb_kernel(file, cache, new AbortController().signal, machine);

  test('with its modules: kept once', async () => {
    const cache = empty();
    const file = pack(empty(), `linux-image-${release}_1_amd64.deb`, { ...IMAGE, ...KVM });
    expect(is_deb(file)).toBe(true);
    const kernel = await kernel_in(file, cache);
    expect(fs.readFileSync(kernel.image)).toEqual(bz_image(release));
    expect(fs.readdirSync(join(kernel.modules ?? '', 'kernel'))).toEqual(['kvm-amd.ko']);
    const before = fs.statSync(kernel.image).mtimeMs;
    expect(await kernel_in(file, cache)).toEqual(kernel);
    expect(fs.statSync(kernel.image).mtimeMs).toBe(before);
    fs.writeFileSync(kernel.image, 'damaged');
    expect(fs.readFileSync((await kernel_in(file, cache)).image)).toEqual(bz_image(release));
    expect(fs.readdirSync(cache)).toHaveLength(1);
  });

  test('its modules are in the packages beside it, if these are of its release', async () => {
    const at = empty();
    const file = pack(at, `linux-image-${release}-unsigned_1_amd64.deb`, IMAGE);
    pack(at, 'linux-modules-7.3.0-other_1_amd64.deb', KVM);
    const why = `${file} has no modules, and beside it there is no linux-modules-${release}_VERSION_amd64.deb`;
    await expect(kernel_in(file, empty())).rejects.toMatchObject({ name: 'CallError', message: why });
    pack(at, `linux-modules-${release}_1_amd64.deb`, KVM);
    const kernel = await kernel_in(file, empty());
    expect(fs.existsSync(join(kernel.modules ?? '', 'kernel/kvm-amd.ko'))).toBe(true);
  });

  test.each<[string, Record<string, string | Buffer>, RegExp]>([
    ['no kernel', { 'usr/share/x': '' }, /x.deb has no kernel: there is no vmlinuz in it$/],
    [
      'no KVM',
      {
        ...IMAGE,
        [`${modules}/kernel/x.ko`]: '',
        [`${modules}/modules.builtin`]: 'virtio_pci.ko\nvirtio_console.ko\n',
      },
      /^no module kvm_amd \(CONFIG_KVM_AMD\) in [^ ]*x.deb\/lib\/modules\//,
    ],
    [
      'a configuration',
      { ...IMAGE, ...KVM, [`boot/config-${release}`]: config_of({ SYSFS: null }) },
      /^this kernel is built without CONFIG_SYSFS \(.*x.deb\/boot\/config-/,
    ],
  ])('%s', async (_, files, why) => {
    const cache = empty();
    const file = pack(empty(), 'x.deb', files);
    await expect(kernel_in(file, cache)).rejects.toMatchObject({
      name: 'CallError',
      message: expect.stringMatching(why),
    });
    expect(fs.readdirSync(cache)).toEqual([]);
  });

  test('what is no package', () => {
    expect(is_deb(__filename)).toBe(false);
    expect(is_deb(join(of_files({ x: '' }), 'x'))).toBe(false);
  });
});
