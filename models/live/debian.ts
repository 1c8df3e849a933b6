/** Unmodified Debian kernels, unpacked into a cache: nothing is installed, and the machine's own apt is not touched. */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { CallError } from '../../harness/errors';
import { known_names } from '../../harness/nearest';
import { version_number } from '../catalogue/versions';
import { type Env, run } from './apt';
import { DAY, in_work_folder } from './cache';
import { AGENT_MODULES, files_of, is_sound, type KernelFiles, keep_kernel } from './modules';
import { by_version, debian_series, type Held, held_lines, newest_kernel } from './packages';
import { check_read, type Lists, type Machine, read_suites, THIS_MACHINE } from './suites';

export type { KernelFiles };

/**
 * For each series: its suites in the archive, and in the archive of security updates. The newest kernel in any of them
 * is used.
 */
const SERIES: ReadonlyMap<string, { readonly series: string; readonly suites: readonly string[] }> = new Map([
  ['debian:6.1', { series: '6.1', suites: ['bookworm', 'bookworm-security'] }],
  ['debian:6.12', { series: '6.12', suites: ['trixie', 'trixie-security'] }],
  ['debian:7.3', { series: '7.3', suites: ['trixie-backports'] }],
]);

/** Where all other series are looked for. They come and go there. */
const ALL_SUITES: readonly string[] = [
  ...['bookworm', 'bookworm-security', 'bookworm-backports', 'trixie', 'trixie-security', 'trixie-backports'],
  ...['forky', 'sid', 'experimental'],
];
/** The oldest series that is looked for, as version_number() has it. */
const OLDEST = 6001;

/** Known names; `debian:SERIES[=VERSION]` is understood for others, too. */
export const DEBIAN_KERNELS: readonly string[] = [...SERIES.keys()];

/** What a name means: the newest kernel of a series, or one version of a package. */
interface Wanted {
  readonly series: string;
  readonly version: string | null;
  readonly suites: readonly string[];
  /** Suites that cannot be read are left out. Otherwise each must be read: the newest kernel may be in it. */
  readonly anywhere: boolean;
}

/** Throws a CallError if the name means nothing. */
function wanted_by(name: string): Wanted {
  const [, series = '', version = null] = /^debian:(\d+[.]\d+(?:~rc\d+)?)(?:=([\w.+~:-]+))?$/.exec(name) ?? [];
  const suites = SERIES.get(`debian:${series}`)?.suites;
  if (series === '' || (!suites && version_number(series) < OLDEST))
    throw new CallError(`no kernel "${name}"${known_names(name, DEBIAN_KERNELS)}; \`--kernel debian:\` lists all`);
  if (version !== null && debian_series(version) !== series)
    throw new CallError(`${name}: ${version} is no version of Linux ${series}; wanted one like ${series}.4-1`);
  return { series, version, suites: suites ?? ALL_SUITES, anywhere: suites === undefined };
}

/** Throws a CallError if there is no such name. */
export const check_debian_name = (name: string): void => void wanted_by(name);

const MODULES = [...AGENT_MODULES, 'kvm_intel'];
/** The machine's clock (milliseconds since 1970) and environment. */
export interface Environment {
  readonly env: Env;
  now(): number;
}

/**
 * The newest Debian kernel of this name: from the cache, or fetched into it. A kernel counts as the newest for a day,
 * and also if the check for a newer one fails. Several processes may call this at once. Throws a CallError with the
 * reason if there is no kernel, or the signal's reason once it aborts; then no partial work remains.
 */
export async function debian_kernel(
  name: string,
  cache: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  { now, env }: Environment,
  machine = THIS_MACHINE,
): Promise<KernelFiles> {
  const wanted = wanted_by(name);
  const cached = newest_cached(cache, wanted);
  // A version stays what it is.
  if (cached !== null && wanted.version !== null) return files_of(cached);
  // The folder's modification time says when this kernel was last known to be the newest.
  if (cached !== null && now() - fs.statSync(cached).mtimeMs < DAY) return files_of(cached);
  const fetched = in_work_folder(cache, now(), (work) =>
    fetch_newest(wanted, work, (line) => progress(`${name}: ${line}`), signal, env, machine),
  );
  await fetched.catch((error: unknown) => {
    signal.throwIfAborted();
    if (!is_of_the_machine(error)) throw error;
    const { message: why } = error;
    if (cached !== null) return progress(`${name}: ${why}; taking the one fetched before`);
    const details = error instanceof CallError ? error.details : [];
    const end = details.length > 0 ? ':' : '; a kernel that is there already: --kernel PATH';
    throw new CallError(`no ${name}: ${why}${end}`, details);
  });
  // Not the one just fetched: a mirror may be older than the one asked before.
  const newest = newest_cached(cache, wanted) as string;
  stamp(newest, now());
  return files_of(newest);
}

/** The call, the network or the disk is to blame, and not this program. */
const is_of_the_machine = (error: unknown): error is Error =>
  error instanceof CallError || (error as NodeJS.ErrnoException).errno !== undefined;

/** The newest kernel of this name in the cache, without network access; null if there is none. */
export function cached_kernel(name: string, cache: string): KernelFiles | null {
  const folder = newest_cached(cache, wanted_by(name));
  return folder === null ? null : files_of(folder);
}

/** Every kernel that Debian's suites hold, newest first. Suites that cannot be read are left out, and `progress` is told. */
export async function debian_kernels(
  cache: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  environment: Environment,
  machine = THIS_MACHINE,
): Promise<Held[]> {
  const asked = { suites: ALL_SUITES, anywhere: true };
  return in_work_folder(cache, environment.now(), async (work) => {
    const lists = await read_suites(asked, work, progress, signal, environment.env, machine);
    check_read(lists);
    return lists.held;
  }).catch((error: unknown) => {
    signal.throwIfAborted();
    if (!is_of_the_machine(error)) throw error;
    throw new CallError(`what Debian holds is not known: ${error.message}`);
  });
}

/** Fetches the newest kernel, with an apt of its own in `work` (a folder in the cache), unless the cache has it. */
async function fetch_newest(
  wanted: Wanted,
  work: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  env: Env,
  machine: Machine,
): Promise<void> {
  const { series, version: named, anywhere } = wanted;
  let lists = await read_suites(wanted, work, progress, signal, env, machine);
  let kernel = newest_kernel(lists.kernels, series, named);
  // Other suites have other builds of a version.
  if (kernel === null && named !== null && !anywhere && lists.unread.length === 0) {
    lists = await read_suites({ suites: ALL_SUITES, anywhere: true }, work, progress, signal, env, machine);
    kernel = newest_kernel(lists.kernels, series, named);
  }
  if (kernel === null) {
    check_read(lists);
    throw none_of(wanted, lists);
  }
  const { version, packages } = kernel;
  const folder = join(work, '..', `debian-${version}`);
  if (is_sound(folder)) return;
  const size = packages.reduce((sum, one) => sum + one.size, 0);
  progress(`fetching ${packages.map(({ name }) => name).join(', ')} (${Math.round(size / 1e6)} MB)`);
  await lists.apt('apt-get', 'download', ...packages.map(({ name }) => `${name}=${version}`));
  progress('unpacking');
  for (const file of fs.readdirSync(work).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', file, 'unpacked'], work, env, signal);
  }
  keep_kernel(join(work, 'unpacked'), join(work, 'kernel'), MODULES);
  signal.throwIfAborted();
  // Moves a damaged one out of the way.
  if (fs.existsSync(folder) && !is_sound(folder)) fs.renameSync(folder, join(work, 'damaged'));
  try {
    fs.renameSync(join(work, 'kernel'), folder);
  } catch (error) {
    // Another process was faster, and has put the same files there.
    if (!is_sound(folder)) throw error;
  }
}

/** What the lists have instead. */
function none_of({ series, version }: Wanted, { suites, kernels, held }: Lists): CallError {
  const parts = kernels.find((one) => one.series === series && (version === null || one.version === version));
  const where = suites.join(' or ');
  const why = parts
    ? `of Linux ${parts.version} Debian has only some packages, without the modules, in ${where}`
    : `Debian has no Linux ${version ?? series} in ${where}`;
  if (held.length === 0) return new CallError(why);
  return new CallError(`${why}; there are`, held_lines(held));
}

/** The folder in the cache with the newest kernel of this series that is as it was kept; null if there is none. */
function newest_cached(cache: string, { series, version }: Pick<Wanted, 'series' | 'version'>): string | null {
  const entries = fs.existsSync(cache) && fs.statSync(cache).isDirectory() ? fs.readdirSync(cache) : [];
  const kernels = entries
    .filter((entry) =>
      version === null ? debian_series(entry.replace(/^debian-/, '')) === series : entry === `debian-${version}`,
    )
    .sort(by_version);
  const newest = kernels.map((entry) => join(cache, entry)).findLast(is_sound);
  return newest ?? null;
}

/** Records that a check for a newer kernel was made. */
function stamp(folder: string, now: number): void {
  try {
    fs.utimesSync(folder, now / 1000, now / 1000);
  } catch {
    // If the cache cannot be written, each call makes the check.
  }
}
