/** Unmodified Debian kernels, unpacked into a cache: nothing is installed, and the machine's own apt is not touched. */
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { CallError, known } from '../../harness/errors';
import { make_folder } from '../../harness/files/folder';
import { is_alive } from '../../harness/files/save';
import { version_number } from '../catalogue/versions';
import { APT_CONF, by_version, type Env, find_mirrors, newest_kernel, PART, run, sources_of, versions_of } from './apt';
import { files_of, is_sound, type KernelFiles, keep_kernel } from './modules';

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
const OTHER_SUITES: readonly string[] = ['trixie', 'trixie-security', 'trixie-backports', 'sid', 'experimental'];
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
  const [, series = '', version = null] = /^debian:(\d+[.]\d+)(?:=([\w.+~:-]+))?$/.exec(name) ?? [];
  const suites = SERIES.get(`debian:${series}`)?.suites;
  if (series === '' || (!suites && version_number(series) < OLDEST)) known('kernel', name, SERIES);
  if (version !== null && !version.startsWith(`${series}.`))
    throw new CallError(`${name}: ${version} is no version of Linux ${series}; wanted one like ${series}.4-1`);
  return { series, version, suites: suites ?? OTHER_SUITES, anywhere: suites === undefined };
}

/** Throws a CallError if there is no such name. */
export const check_debian_name = (name: string): void => void wanted_by(name);

const MODULES = ['virtio_pci', 'virtio_console', 'kvm_amd', 'kvm_intel'];
const TOOLS = ['apt-get', 'apt-cache', 'dpkg-deb', 'xz'];

/** Where a machine names the mirrors that it uses, and where it may have Debian's keys. */
interface Machine {
  readonly apt: string;
  readonly keyrings: readonly string[];
}

const THIS_MACHINE: Machine = {
  apt: '/etc/apt',
  keyrings: ['gpg', 'pgp'].map((kind) => `/usr/share/keyrings/debian-archive-keyring.${kind}`),
};

/** The machine's clock (milliseconds since 1970) and environment. */
export interface Environment {
  readonly env: Env;
  now(): number;
}

/** For this many milliseconds, a kernel counts as the newest. */
const DAY = 24 * 3600 * 1000;

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
  // An apt with its own state, even its own lock: processes that fetch at the same time share only the last step, a
  // rename.
  const work = join(cache, `fetching-${hostname()}-${process.pid}-${randomUUID()}.tmp`);
  try {
    remove_left_over(cache, now());
    make_folder(join(work, 'lists', 'partial'));
    await fetch_newest(wanted, work, (line) => progress(`${name}: ${line}`), signal, env, machine);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CallError) && (error as NodeJS.ErrnoException).errno === undefined) throw error;
    const why = (error as Error).message;
    if (cached === null) throw new CallError(`no ${name}: ${why}; a kernel that is there already: --kernel PATH`);
    progress(`${name}: ${why}; taking the one fetched before`);
  } finally {
    if (fs.existsSync(work)) fs.rmSync(work, { recursive: true, maxRetries: 5 });
  }
  // Not the one just fetched: a mirror may be older than the one asked before.
  const newest = newest_cached(cache, wanted) as string;
  stamp(newest, now());
  return files_of(newest);
}

/** The newest kernel of this name in the cache, without network access; null if there is none. */
export function cached_kernel(name: string, cache: string): KernelFiles | null {
  const folder = newest_cached(cache, wanted_by(name));
  return folder === null ? null : files_of(folder);
}

/** Fetches the newest kernel, with an apt of its own in `work` (a folder in the cache), unless the cache has it. */
async function fetch_newest(
  wanted: Wanted,
  work: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  env: Env,
  { apt, keyrings }: Machine,
): Promise<void> {
  const { series, suites } = wanted;
  for (const tool of TOOLS) await run(tool, ['--version'], work, env, signal);
  const keyring = keyrings.find((file) => fs.existsSync(file));
  if (keyring === undefined) throw new CallError("Debian's keys are not here: install debian-archive-keyring");
  const mirrors = find_mirrors(sources_of(apt));
  const options = `[arch=amd64 target=Packages lang=none signed-by=${keyring}]`;
  const read_from = (some: readonly string[]) => {
    const lines = some.map((suite) => {
      const mirror = suite.endsWith('-security') ? mirrors.security : mirrors.archive;
      return `deb ${options} ${mirror} ${suite} main\n`;
    });
    fs.writeFileSync(join(work, 'sources.list'), lines.join(''));
  };
  fs.writeFileSync(join(work, 'apt.conf'), APT_CONF);
  fs.writeFileSync(join(work, 'status'), '');
  const with_apt = (program: string, ...args: string[]) =>
    run(program, ['-c', './apt.conf', ...args], work, env, signal);

  progress('reading package lists');
  const update = () => with_apt('apt-get', '-o', 'APT::Get::List-Cleanup=false', 'update');
  const readable: string[] = [];
  for (const part of wanted.anywhere ? suites.map((suite) => [suite]) : [suites]) {
    read_from(part);
    try {
      await update();
      readable.push(...part);
    } catch (error) {
      signal.throwIfAborted();
      if (!wanted.anywhere || !(error instanceof CallError)) throw error;
      progress(`without ${part.join()}: ${error.message}`);
    }
  }
  if (readable.length === 0) throw new CallError(`none of ${suites.join(', ')} can be read`);
  read_from(readable);
  const names = (await with_apt('apt-cache', 'pkgnames', 'linux-')).split('\n').filter((name) => PART.test(name));
  const shown = names.length === 0 ? '' : await with_apt('apt-cache', 'show', ...names);
  const packages = newest_kernel(shown, series, wanted.version);
  const version = packages[0]?.version;
  if (version === undefined)
    throw new CallError(why_none({ ...wanted, suites: readable }, join(work, 'lists'), versions_of(shown)));
  const folder = join(work, '..', `debian-${version}`);
  if (is_sound(folder)) return;
  const size = packages.reduce((sum, one) => sum + one.size, 0);
  progress(`fetching ${packages.map(({ name }) => name).join(', ')} (${Math.round(size / 1e6)} MB)`);
  await with_apt('apt-get', 'download', ...packages.map(({ name }) => `${name}=${version}`));
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

/** An apt that has done nothing, or not all, and says that it has: then nothing is known of what Debian has. */
function why_none({ series, version, suites }: Wanted, lists: string, there: readonly string[]): string {
  const fetched = fs.readdirSync(lists);
  const missing = suites.filter((suite) => !fetched.some((file) => file.includes(`_dists_${suite}_`)));
  if (missing.length > 0)
    return `apt-get update has not fetched the package lists of ${missing.join(' and ')}, and its exit code was 0`;
  const none = `Debian has no Linux ${version ?? series} in ${suites.join(' or ')}`;
  return there.length === 0 ? none : `${none}; there are ${there.join(', ')}`;
}

/** The folder in the cache with the newest kernel of this series that is as it was kept; null if there is none. */
function newest_cached(cache: string, { series, version }: Pick<Wanted, 'series' | 'version'>): string | null {
  const entries = fs.existsSync(cache) && fs.statSync(cache).isDirectory() ? fs.readdirSync(cache) : [];
  const kernels = entries
    .filter((entry) => (version === null ? entry.startsWith(`debian-${series}.`) : entry === `debian-${version}`))
    .sort(by_version);
  const newest = kernels.map((entry) => join(cache, entry)).findLast(is_sound);
  return newest ?? null;
}

/**
 * Removes what killed processes of this machine have left in the cache, and what those of other machines left a day ago
 * or earlier.
 */
function remove_left_over(cache: string, now: number): void {
  const entries = fs.existsSync(cache) ? fs.readdirSync(cache) : [];
  const mine = `fetching-${hostname()}-`;
  for (const entry of entries.filter((name) => /^fetching-.*[.]tmp$/.test(name))) {
    const pid = entry.startsWith(mine) ? /^(\d+)-/.exec(entry.slice(mine.length))?.[1] : undefined;
    const work = join(cache, entry);
    const since = fs.statSync(work, { throwIfNoEntry: false })?.mtimeMs ?? now;
    const left = pid === undefined ? now - since > DAY : !is_alive(Number(pid));
    if (left) fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Records that a check for a newer kernel was made. */
function stamp(folder: string, now: number): void {
  try {
    fs.utimesSync(folder, now / 1000, now / 1000);
  } catch {
    // If the cache cannot be written, each call makes the check.
  }
}
