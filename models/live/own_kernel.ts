/** A kernel of one's own: what a path stands for, the image in it, and the modules beside it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CallError } from '../../harness/errors';
import { is_build_tree, release_of } from './modules';

/** What can be booted. */
export interface OwnKernel {
  /** A vmlinux or bzImage. */
  readonly image: string;
  /** Where its modules are: a lib/modules/VERSION, or the tree in which they were built; null if it has none. */
  readonly modules: string | null;
}

/** Options without which nothing can be run on a kernel, and whether a module will do. */
const NEEDED: readonly (readonly [option: string, as_module: boolean])[] = [
  ['64BIT', false],
  ['BLK_DEV_INITRD', false],
  ['BINFMT_ELF', false],
  ['PROC_FS', false],
  ['SYSFS', false],
  ['DEVTMPFS', false],
  ['TRANSPARENT_HUGEPAGE', false],
  ['PCI', false],
  ['VIRTIO_PCI', true],
  ['VIRTIO_CONSOLE', true],
  ['KVM', true],
  ['KVM_AMD', true],
];

/** Where the image of a tree is, and what QEMU needs to start it. */
const VMLINUX = 'vmlinux';
const BZIMAGE = join('arch', 'x86', 'boot', 'bzImage');

/** How a tree is built, for those who have not. */
const BUILD = 'make KCONFIG_ALLCONFIG=PATH/docs/kvm-nx.config allnoconfig && make -j$(nproc) vmlinux';

/**
 * The kernel that a path stands for: an image, a tree that is built, or a folder with a kernel as it is installed.
 * `modules`: where its modules are, if that is said. Throws a CallError that says what is missing.
 */
export function own_kernel(path: string, modules: string | null): OwnKernel {
  if (statSync(path).isFile()) return of_image(path, modules);
  if (is_build_tree(path)) return of_tree(path, modules);
  if (existsSync(join(path, 'Kconfig')) && existsSync(join(path, 'arch', 'x86')))
    throw new CallError(`${path} is the source of a kernel that is not built: it has no .config`, [`  ${BUILD}`]);
  return of_folder(path, modules);
}

/** An image, and what is known of it where it lies. */
function of_image(image: string, modules: string | null): OwnKernel {
  const bytes = readFileSync(image);
  const is_elf = bytes.toString('latin1', 0, 4) === '\x7fELF';
  if (!is_elf && bytes.toString('latin1', 0x202, 0x206) !== 'HdrS')
    throw new CallError(`${image} is no kernel: neither a bzImage nor a vmlinux`);
  const folder = dirname(resolve(image));
  const tree = [folder, resolve(folder, '../../..')].find(
    (one) => is_build_tree(one) && [join(one, VMLINUX), join(one, BZIMAGE)].includes(resolve(image)),
  );
  if (tree !== undefined) return { image, modules: modules ?? checked_tree(tree, image) };
  const release = release_of(bytes);
  if (release === null) return { image, modules };
  const config = join(folder, `config-${release}`);
  if (existsSync(config)) check_options(readFileSync(config, 'utf8'), config, is_elf);
  if (modules !== null) return { image, modules };
  const beside = [folder, join(folder, 'usr'), join(folder, '..'), join(folder, '..', 'usr')];
  const folders = [folder, ...beside.map((one) => join(one, 'lib', 'modules', release))];
  return { image, modules: folders.find((one) => existsSync(join(one, 'kernel'))) ?? null };
}

/** A tree that is built. */
function of_tree(tree: string, modules: string | null): OwnKernel {
  const config = options_of(readFileSync(join(tree, '.config'), 'utf8'));
  const [vmlinux, bz_image] = [join(tree, VMLINUX), join(tree, BZIMAGE)];
  // A vmlinux is what a bzImage is made of, and QEMU starts it where it says how.
  const image = config.has('PVH') ? vmlinux : bz_image;
  const target = basename(image);
  const build = `make -j$(nproc) ${target}`;
  if (!existsSync(image))
    throw new CallError(`${tree} is not built: it has no ${image === vmlinux ? VMLINUX : BZIMAGE}`, [`  ${build}`]);
  if (existsSync(vmlinux) && statSync(image).mtimeMs < statSync(vmlinux).mtimeMs)
    throw new CallError(`${image} is older than ${vmlinux}: it is another kernel`, [`  ${build}`]);
  return { image, modules: modules ?? checked_tree(tree, image) };
}

/** Where the modules of a tree are; null if it needs none. Throws a CallError if it lacks an option, or a module. */
function checked_tree(tree: string, image: string): string | null {
  const file = join(tree, '.config');
  const config = check_options(readFileSync(file, 'utf8'), file, basename(image) === VMLINUX);
  const as_modules = NEEDED.filter(([option]) => config.get(option) === 'm');
  if (as_modules.length === 0) return null;
  if (existsSync(join(tree, 'modules.order'))) return tree;
  const options = as_modules.map(([option]) => `CONFIG_${option}`).join(', ');
  throw new CallError(`${tree} has no modules, and ${options} are built as such`, ['  make -j$(nproc) modules']);
}

/** A folder with a kernel as it is installed: a vmlinuz, in `boot` or here, and lib/modules/VERSION. */
export function of_folder(folder: string, modules: string | null): OwnKernel {
  const images = ['', 'boot', ...installed(folder)].flatMap((part) =>
    entries(join(folder, part))
      .filter((name) => /^(vmlinuz|vmlinux|bzImage)([-.].*)?$/.test(name) && !name.endsWith('.old'))
      .map((name) => join(folder, part, name)),
  );
  const [image, other] = images;
  if (image === undefined)
    throw new CallError(
      `no kernel in ${folder}: neither a tree that is built (.config, ${VMLINUX}, ${BZIMAGE}) nor a vmlinuz`,
    );
  if (other !== undefined)
    throw new CallError(
      `several kernels in ${folder}: name one of them`,
      images.map((one) => `  ${one}`),
    );
  const found = of_image(image, modules);
  if (found.modules !== null) return found;
  const [only, more] = installed(folder).map((part) => join(folder, part));
  return { image, modules: more === undefined ? (only ?? null) : null };
}

/** The folders of modules in one where a kernel is installed, from there. */
const installed = (folder: string): string[] =>
  ['lib', 'usr/lib'].flatMap((lib) =>
    entries(join(folder, lib, 'modules')).map((release) => join(lib, 'modules', release)),
  );

const entries = (folder: string): string[] =>
  existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder).sort() : [];

/** The options of a kernel's configuration that are set, without CONFIG_. */
const options_of = (text: string): Map<string, string> =>
  new Map([...text.matchAll(/^CONFIG_(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]));

/** Throws a CallError that names the options which the kernel was built without. Returns those that it has. */
function check_options(text: string, file: string, is_vmlinux: boolean): Map<string, string> {
  const config = options_of(text);
  const lacking = NEEDED.flatMap(([option, as_module]) => {
    const value = config.get(option);
    return value === 'y' || (as_module && value === 'm') ? [] : [option];
  });
  // A bzImage has its own way of being started.
  if (is_vmlinux && !config.has('PVH')) lacking.push('PVH');
  if (lacking.length === 0) return config;
  const names = lacking.map((option) => `CONFIG_${option}`).join(', ');
  throw new CallError(`this kernel is built without ${names} (${file}); docs/kvm-nx.config has what is needed`);
}
