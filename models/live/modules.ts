/** A kernel's modules: their files, their dependencies, and an order in which they can be loaded. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { CallError } from '../../harness/errors';

/** Endings of modules; `make modules_install` may compress them. */
const MODULE = /[.]ko([.](xz|zst|gz))?$/;
const UNPACK: Readonly<Record<string, string>> = { xz: 'xz', zst: 'zstd', gz: 'gzip' };

/** The file's name without the ending of its compression. */
export const unpacked_name = (file: string): string => basename(file).replace(MODULE, '.ko');

/** What the agent needs; those that a kernel has built in need no loading. */
export const AGENT_MODULES: readonly string[] = ['virtio_pci', 'virtio_console', 'kvm_amd'];

/** A module's name in the kernel: a file name has - where the name has _. */
const module_name = (file: string): string => basename(file).replace(MODULE, '').replaceAll('-', '_');

/**
 * The content of a module's file for the kernel, decompressed if necessary. Throws a CallError if the program for that is
 * missing or fails.
 */
export function module_bytes(file: string): Buffer {
  const ending = MODULE.exec(file)?.[2];
  if (ending === undefined) return readFileSync(file);
  const program = UNPACK[ending] ?? ending;
  try {
    return execFileSync(program, ['-dc', file], { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const install = program === 'xz' ? 'xz-utils' : program;
    throw new CallError(
      missing ? `no ${program} on this machine: install ${install}` : `${program} cannot unpack ${file}`,
    );
  }
}

/**
 * The values that a module has for a key, like `depends`, in their order. `elf` is a 64-bit little-endian file. Throws
 * a CallError that names `file` if it is no such file, or is truncated.
 */
export function modinfo(elf: Buffer, key: string, file: string): string[] {
  try {
    // Section headers: their offset, the size of each, their number, and the section with their names.
    const headers = Number(elf.readBigUInt64LE(0x28));
    const length = elf.readUInt16LE(0x3a);
    const section = (index: number) => {
      const at = headers + index * length;
      const from = Number(elf.readBigUInt64LE(at + 0x18));
      const size = Number(elf.readBigUInt64LE(at + 0x20));
      return { name: elf.readUInt32LE(at), bytes: elf.subarray(from, from + size) };
    };
    const names = section(elf.readUInt16LE(0x3e)).bytes.toString('latin1');
    for (let index = 1; index < elf.readUInt16LE(0x3c); index++) {
      const { name, bytes } = section(index);
      if (names.slice(name, names.indexOf('\0', name)) !== '.modinfo') continue;
      const entries = bytes.toString('utf8').split('\0');
      return entries.filter((entry) => entry.startsWith(`${key}=`)).map((entry) => entry.slice(key.length + 1));
    }
  } catch {
    // An offset points outside the file.
  }
  throw new CallError(`${file} is no kernel module`);
}

/** The modules that `softdep` entries want to be loaded first: `pre: a b post: c` names a and b. */
function wanted_before(softdeps: readonly string[]): string[] {
  return softdeps.flatMap((entry) => {
    const before = /\bpre:([^:]*)(?=\s\w+:|$)/.exec(entry);
    return before?.[1]?.split(/\s+/).filter((name) => name !== '') ?? [];
  });
}

/** Files of modules by their names: of a lib/modules/VERSION, or of a tree in which they were built. */
function files_in(folder: string): Map<string, string> {
  const installed = resolve(folder, 'kernel');
  const list = join(folder, 'modules.order');
  // The source has a folder kernel, too. Its list names an object where older ones name the module.
  if (is_build_tree(folder)) {
    const lines = existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n') : [];
    const modules = lines.map((line) => resolve(folder, line.replace(/^kernel\//, '').replace(/[.]o$/, '.ko')));
    return new Map(modules.filter((file) => existsSync(file)).map((file) => [module_name(file), file]));
  }
  const found = existsSync(installed) ? readdirSync(installed, { recursive: true, encoding: 'utf8' }) : [];
  return new Map(found.filter((file) => MODULE.test(file)).map((file) => [module_name(file), join(installed, file)]));
}

/** Whether a kernel was configured in this folder. */
export const is_build_tree = (folder: string): boolean => existsSync(join(folder, '.config'));

/**
 * Absolute paths of these modules and of all that they need, dependencies first. `folder` is a lib/modules/VERSION (depmod
 * need not have run in it), or a tree in which a kernel was built. Built-in modules need no loading, and a module from a
 * softdep may be missing. Throws a CallError if a needed module does not exist; it names the option that builds it.
 */
export function load_order(folder: string, names: readonly string[]): string[] {
  const files = files_in(folder);
  const list = join(folder, 'modules.builtin');
  const built_in = new Set(existsSync(list) ? readFileSync(list, 'utf8').trim().split('\n').map(module_name) : []);
  const order: string[] = [];
  const seen = new Set<string>();
  const add = (name: string, needed_by: string | null): void => {
    if (seen.has(name)) return;
    const file = files.get(name);
    if (file === undefined) {
      if (built_in.has(name)) return;
      const needs = needed_by === null ? '' : `, which ${needed_by} needs`;
      const unlisted = existsSync(list)
        ? ''
        : `; it may be built in, but ${list} is missing, which says so (\`make modules_install\` writes it; Debian has it in linux-base-VERSION)`;
      // A module that is asked for by its name is built by the option of its name.
      const option = needed_by === null ? ` (CONFIG_${name.toUpperCase()})` : '';
      throw new CallError(`no module ${name}${option} in ${folder}${needs}${unlisted}`);
    }
    seen.add(name);
    const elf = module_bytes(file);
    for (const wanted of wanted_before(modinfo(elf, 'softdep', file)).map(module_name)) {
      if (files.has(wanted)) add(wanted, name);
    }
    const needs = modinfo(elf, 'depends', file).flatMap((entry) => entry.split(','));
    for (const needed of needs.filter((entry) => entry !== '').map(module_name)) add(needed, name);
    order.push(file);
  };
  for (const name of names) add(module_name(name), null);
  return order;
}

/**
 * The release of a kernel image, as `uname -r` will print it. For a bzImage, it is in the header
 * (Documentation/arch/x86/boot.rst, kernel_version); for a vmlinux, in the banner. Null if there is none.
 */
export function release_of(image: Buffer): string | null {
  if (image.length > 0x210 && image.toString('latin1', 0x202, 0x206) === 'HdrS') {
    const at = image.readUInt16LE(0x20e) + 0x200;
    return /^([\w.+~-]+)[ \0]/.exec(image.toString('latin1', at, at + 200))?.[1] ?? null;
  }
  const at = image.indexOf('Linux version ');
  if (at < 0) return null;
  return /^Linux version ([\w.+~-]+) /.exec(image.toString('latin1', at, at + 200))?.[1] ?? null;
}

/** Throws a CallError if a module was built for another kernel than this image: the kernel would refuse it. */
export function check_built_for(image: Buffer, elf: Buffer, file: string): void {
  const kernel = release_of(image);
  const [built_for = null] = modinfo(elf, 'vermagic', file).map((magic) => magic.split(' ')[0]);
  if (kernel === null || !built_for || kernel === built_for) return;
  throw new CallError(
    `the modules are of another kernel: ${file} is of Linux ${built_for}, the kernel is Linux ${kernel}`,
  );
}

/** A kernel that can be booted with its modules. */
export interface KernelFiles {
  /** Path of the vmlinuz. */
  readonly image: string;
  /** The folder lib/modules/VERSION: some modules and their dependencies, as .ko. */
  readonly modules: string;
}

/** The checksums of a kept kernel's files, with their paths in its folder, in the format of sha256sum. */
const SUMS = 'SHA256SUMS';

const sum_of = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/**
 * Whether a kernel's folder has all files that were kept, unchanged. One kept without checksums must have an image and
 * modules.
 */
export function is_sound(kernel: string): boolean {
  try {
    const { image, modules } = files_of(kernel);
    const sums = join(kernel, SUMS);
    if (!existsSync(sums)) return statSync(image).size > 0 && readdirSync(modules).length > 0;
    const lines = readFileSync(sums, 'utf8').trimEnd().split('\n');
    const wanted = lines.map((line) => /^([\da-f]{64}) {2}(.+)$/.exec(line));
    return wanted.every((one) => one?.[2] !== undefined && sum_of(join(kernel, one[2])) === one[1]);
  } catch {
    return false;
  }
}

/** The files of a kernel that keep_kernel() kept. */
export function files_of(kernel: string): KernelFiles {
  const modules = join(kernel, 'lib', 'modules');
  return { image: join(kernel, 'vmlinuz'), modules: join(modules, readdirSync(modules)[0] ?? '') };
}

/**
 * Keeps, from a kernel's unpacked packages, its image and these modules with all that they need, in a new folder.
 * Throws a CallError if they are not where they should be.
 */
export function keep_kernel(unpacked: string, kernel: string, names: readonly string[]): void {
  const folders = ['usr/lib/modules', 'lib/modules'].map((path) => join(unpacked, path));
  const folder = folders.find((path) => existsSync(path));
  const release = folder && readdirSync(folder)[0];
  if (!folder || !release) throw new CallError('the packages have no modules where they are looked for');
  const own = join(folder, release);
  const images = [join(unpacked, 'boot', `vmlinuz-${release}`), join(own, 'vmlinuz'), join(own, 'vmlinuz.unsigned')];
  const image = images.find((path) => existsSync(path));
  if (image === undefined) throw new CallError('the packages have no vmlinuz where it is looked for');
  const copies = new Map([[image, 'vmlinuz']]);
  const built_in = join(own, 'modules.builtin');
  for (const file of [...load_order(own, names), ...(existsSync(built_in) ? [built_in] : [])]) {
    const folder_of = dirname(relative(resolve(own), resolve(file)));
    copies.set(file, join('lib', 'modules', release, folder_of, unpacked_name(file)));
  }
  for (const [file, copy] of copies) {
    mkdirSync(dirname(join(kernel, copy)), { recursive: true });
    writeFileSync(join(kernel, copy), module_bytes(file), { flush: true });
  }
  const sums = [...copies.values()].map((copy) => `${sum_of(join(kernel, copy))}  ${copy}\n`);
  writeFileSync(join(kernel, SUMS), sums.join(''), { flush: true });
}
