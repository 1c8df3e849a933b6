/** A file of the initial ramdisk: its path without the leading slash, and its content. */
export interface RamdiskFile {
  readonly path: string;
  readonly data: Buffer;
}

const DIRECTORY = 0o040755;
const PROGRAM = 0o100755;
const CHARACTER_DEVICE = 0o020600;

/**
 * The initial ramdisk in the kernel's format (cpio, newc; Documentation/driver-api/early-userspace/buffer-format.rst):
 * these files, their folders, and a console device for the messages of /init.
 */
export function initramfs(files: readonly RamdiskFile[]): Buffer {
  const folders = new Set(
    files.flatMap(({ path }) => (path.includes('/') ? [path.slice(0, path.lastIndexOf('/'))] : [])),
  );
  const nothing = Buffer.alloc(0);
  const records = [
    ...[...folders, 'dev'].map((path) => ({ path, mode: DIRECTORY, data: nothing })),
    { path: 'dev/console', mode: CHARACTER_DEVICE, data: nothing },
    ...files.map(({ path, data }) => ({ path, mode: PROGRAM, data })),
    { path: 'TRAILER!!!', mode: 0, data: nothing },
  ];
  return Buffer.concat(records.flatMap(({ path, mode, data }, i) => record(i + 1, path, mode, data)));
}

function record(inode: number, path: string, mode: number, data: Buffer): Buffer[] {
  const [major, minor] = mode === CHARACTER_DEVICE ? [5, 1] : [0, 0];
  const name = `${path}\0`;
  // inode, mode, uid, gid, links, mtime, size, the disk's numbers, the device's numbers, length of the name, checksum
  const numbers = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
  const header = `070701${numbers.map((number) => number.toString(16).padStart(8, '0')).join('')}${name}`;
  return [padded(Buffer.from(header)), padded(data)];
}

/** Header and data are aligned to four bytes. */
const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc(-data.length & 3)]);
