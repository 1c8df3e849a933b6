/** Files that look like those of kernels. */
import * as fs from 'node:fs';
import { join } from 'node:path';

/** Writes a file and the folders it is in. */
export function put(path: string, content: string | Buffer, mode = 0o644): void {
  fs.mkdirSync(join(path, '..'), { recursive: true });
  fs.writeFileSync(path, content, { mode });
}

/** A 64-bit ELF file with section names and these entries in .modinfo, after a section of another name. */
export function module_of(...entries: string[]): Buffer {
  const names = Buffer.from('\0.other\0.modinfo\0');
  const sections: [number, Buffer][] = [
    [0, Buffer.alloc(0)],
    [1, Buffer.from('depends=wrong\0')],
    [8, Buffer.from(entries.map((entry) => `${entry}\0`).join(''))],
    [0, names],
  ];
  const header = Buffer.alloc(0x40);
  header.write('\x7fELF', 'latin1');
  header.writeBigUInt64LE(0x40n, 0x28);
  header.writeUInt16LE(0x40, 0x3a);
  header.writeUInt16LE(sections.length, 0x3c);
  header.writeUInt16LE(sections.length - 1, 0x3e);
  let from = header.length + sections.length * 0x40;
  const headers = sections.map(([name, bytes]) => {
    const section = Buffer.alloc(0x40);
    section.writeUInt32LE(name);
    section.writeBigUInt64LE(BigInt(from), 0x18);
    section.writeBigUInt64LE(BigInt(bytes.length), 0x20);
    from += bytes.length;
    return section;
  });
  return Buffer.concat([header, ...headers, ...sections.map(([, bytes]) => bytes)]);
}

/** A bzImage with this version, and nothing else. */
export const bz_image = (version: string) => {
  const image = Buffer.alloc(0x400);
  image.write('HdrS', 0x202);
  image.writeUInt16LE(0x100, 0x20e);
  image.write(`${version} (somebody) #1\0`, 0x300);
  return image;
};

/** A vmlinux of this release. */
export const vmlinux_of = (version: string) =>
  Buffer.from(`\x7fELF\0\0Linux version ${version} (somebody) #1`, 'latin1');

/** A configuration with all that is needed, but for these changes: an option and its value, null for none. */
export function config_of(changes: Readonly<Record<string, string | null>> = {}): string {
  const needed = [
    '64BIT',
    'BLK_DEV_INITRD',
    'BINFMT_ELF',
    'PROC_FS',
    'SYSFS',
    'DEVTMPFS',
    'TRANSPARENT_HUGEPAGE',
    'PCI',
  ];
  const all = [...needed, 'VIRTIO_PCI', 'VIRTIO_CONSOLE', 'KVM', 'KVM_AMD', 'PVH'];
  const options = { ...Object.fromEntries(all.map((name) => [name, 'y'])), ...changes };
  const lines = Object.entries(options).map(([name, value]) =>
    value === null ? `# CONFIG_${name} is not set` : `CONFIG_${name}=${value}`,
  );
  return `${lines.join('\n')}\n`;
}
