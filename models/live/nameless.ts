/** Files without a name: virtual machines get them, and they disappear when they are closed. */
import {
  closeSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallError } from '../../harness/errors';
import { is_alive } from '../../harness/files/save';

/** A file without a name, open for reading. Throws a CallError that names the folder if it cannot be written. */
export function nameless_file(data: Buffer, temporary = tmpdir()): number {
  try {
    return open_nameless(temporary, 'ramdisk', 'r', (file) => writeFileSync(file, data));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CallError(
      `cannot write a ramdisk of ${Math.ceil(data.length / 2 ** 20)} MB to ${temporary} (TMPDIR): ${code ?? error}`,
    );
  }
}

/** A file system in memory, on machines that have one. */
const IN_MEMORY = '/dev/shm';

/**
 * An empty file of this many bytes without a name, open for reading and writing: in memory if there is enough,
 * otherwise in the folder for temporary files. Null if neither has room: a process that maps a file without room would
 * be killed.
 */
export function nameless_memory(bytes: number, folders: readonly string[] = [IN_MEMORY, tmpdir()]): number | null {
  for (const folder of folders) {
    try {
      const { bavail, bsize } = statfsSync(folder);
      if (bavail * bsize < 2 * bytes) continue;
      const file = open_nameless(folder, 'memory', 'r+', (path) => writeFileSync(path, ''));
      try {
        ftruncateSync(file, bytes);
        return file;
      } catch {
        closeSync(file);
      }
    } catch {
      // It does not exist, or we must not write there.
    }
  }
  return null;
}

/** Opens the same file again, at its beginning. */
export const again = (file: number, flags = 'r'): number => openSync(`/proc/self/fd/${file}`, flags);

function open_nameless(temporary: string, kind: string, flags: string, write: (path: string) => void): number {
  let folder: string | null = null;
  try {
    remove_left_over(temporary);
    folder = mkdtempSync(join(temporary, `kvm-nx-harness-${kind}-${process.pid}-`));
    const file = join(folder, kind);
    write(file);
    return openSync(file, flags);
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}

/** Removes files of processes that were killed before they could do so. */
function remove_left_over(temporary: string): void {
  for (const name of readdirSync(temporary)) {
    const [, pid] = /^kvm-nx-harness-(?:ramdisk|memory)-(\d{1,10})-/.exec(name) ?? [];
    if (pid === undefined || is_alive(Number(pid))) continue;
    try {
      rmSync(join(temporary, name), { recursive: true, force: true });
    } catch {
      // It belongs to another user.
    }
  }
}
