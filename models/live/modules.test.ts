import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bz_image, module_of, put } from './kernel_files.fixture';
import { check_built_for, load_order, modinfo, release_of } from './modules';

const folder = fs.mkdtempSync(join(tmpdir(), 'kvm-nx-harness-'));
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A new empty folder. */
const empty = () => fs.mkdtempSync(join(folder, 'x'));

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
