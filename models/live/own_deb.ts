/** A kernel in a package of one's own: made by `make bindeb-pkg`, or one of Debian's that is here already. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CallError } from '../../harness/errors';
import { type Env, run } from './apt';
import { in_work_folder } from './cache';
import { AGENT_MODULES, files_of, is_sound, keep_kernel, load_order } from './modules';
import { type OwnKernel, of_folder } from './own_kernel';

/** How each package begins: an archive of ar, and the name of its first member. */
const MAGIC = '!<arch>\ndebian-binary';

export function is_deb(file: string): boolean {
  const begin = Buffer.alloc(MAGIC.length);
  const open = openSync(file, 'r');
  try {
    readSync(open, begin, 0, begin.length, 0);
  } finally {
    closeSync(open);
  }
  return begin.toString('latin1') === MAGIC;
}

/** The release of the kernel in a package of this name, as Debian and `make bindeb-pkg` name packages. */
const RELEASE = /^linux-(?:image|binary)-(?:unsigned-)?(.+?)(?:-unsigned)?_/;
/** What else Debian and others put into packages beside that of the image. */
const OTHERS = ['modules', 'base', 'modules-extra'];

/**
 * The kernel in a package, unpacked into the cache. Its modules may be in packages beside it, of the same release. Throws a
 * CallError that says what is missing.
 */
export async function deb_kernel(
  file: string,
  cache: string,
  signal: AbortSignal,
  { now, env }: { readonly env: Env; now(): number },
): Promise<OwnKernel> {
  const deb = resolve(file);
  const release = RELEASE.exec(basename(deb))?.[1] ?? null;
  const packages = [deb, ...beside(deb, release)];
  const sum = createHash('sha256');
  for (const one of packages) sum.update(readFileSync(one));
  const folder = join(cache, `deb-${sum.digest('hex').slice(0, 32)}`);
  if (is_sound(folder)) return files_of(folder);
  return in_work_folder(cache, now(), async (work) => {
    const unpacked = join(work, 'unpacked');
    for (const one of packages) await run('dpkg-deb', ['-x', one, unpacked], work, env, signal);
    try {
      check_kernel(unpacked, file, release);
    } catch (error) {
      throw told_of(error, unpacked, file);
    }
    keep_kernel(unpacked, join(work, 'kernel'), AGENT_MODULES);
    signal.throwIfAborted();
    // Another process may have been faster, and has put the same files there.
    if (existsSync(folder) && !is_sound(folder)) rmSync(folder, { recursive: true });
    if (!existsSync(folder)) renameSync(join(work, 'kernel'), folder);
    return files_of(folder);
  });
}

/** The packages beside it that have the rest of the same kernel. */
function beside(deb: string, release: string | null): string[] {
  if (release === null) return [];
  const names = OTHERS.map((part) => `linux-${part}-${release}_`);
  const files = readdirSync(dirname(deb)).filter((one) => one.endsWith('.deb'));
  return files.filter((one) => names.some((name) => one.startsWith(name))).map((one) => join(dirname(deb), one));
}

/** Throws a CallError if an image or the modules are missing, or the kernel was built without what is needed. */
function check_kernel(unpacked: string, file: string, release: string | null): void {
  const { modules } = of_folder(unpacked, null);
  if (modules !== null) return void load_order(modules, AGENT_MODULES);
  const name = `linux-modules-${release ?? 'RELEASE'}_VERSION_amd64.deb`;
  throw new CallError(`${file} has no modules, and beside it there is no ${name}`);
}

/** The error as the user can read it, to whom the folder means nothing. */
function told_of(error: unknown, unpacked: string, file: string): unknown {
  if (!(error instanceof CallError)) return error;
  if (error.message.startsWith('no kernel in'))
    return new CallError(`${file} has no kernel: there is no vmlinuz in it`);
  return new CallError(error.message.replaceAll(unpacked, file), error.details);
}
