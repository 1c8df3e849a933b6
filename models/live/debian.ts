/** Unmodified Debian kernels, unpacked into a cache: nothing is installed, and the machine's own apt is not touched. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { CallError, known } from '../../harness/errors';
import { files_of, type KernelFiles, keep_kernel } from './modules';

export type { KernelFiles };

/** Where each series is: suites of the archive, and of the archive of security updates. The newest of them is taken. */
const SERIES: ReadonlyMap<string, { readonly series: string; readonly suites: readonly string[] }> = new Map([
  ['debian:6.1', { series: '6.1', suites: ['bookworm', 'bookworm-security'] }],
  ['debian:6.12', { series: '6.12', suites: ['trixie', 'trixie-security'] }],
  ['debian:7.3', { series: '7.3', suites: ['trixie-backports'] }],
]);

/** Known names. */
export const DEBIAN_KERNELS: readonly string[] = [...SERIES.keys()];

const MODULES = ['virtio_pci', 'virtio_console', 'kvm_amd', 'kvm_intel'];
const TOOLS = ['apt-get', 'apt-cache', 'dpkg-deb', 'xz'];

/** Where a machine says which mirrors it uses, and where it may have Debian's keys. */
interface Machine {
  readonly apt: string;
  readonly keyrings: readonly string[];
}

const THIS_MACHINE: Machine = {
  apt: '/etc/apt',
  keyrings: ['gpg', 'pgp'].map((kind) => `/usr/share/keyrings/debian-archive-keyring.${kind}`),
};

/** How long a kernel is taken for the newest, in milliseconds. */
const DAY = 24 * 3600 * 1000;

/**
 * The newest Debian kernel of this name: from the cache, or fetched into it. For a day
 * no newer one is asked for, and if asking fails the one that is there is used. Several processes may do this at once. Throws a CallError that says why
 * there is none, or the signal's reason once it aborts; nothing half done stays.
 */
export async function debian_kernel(
  name: string,
  cache: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  machine = THIS_MACHINE,
): Promise<KernelFiles> {
  const { series, suites } = known('kernel', name, SERIES);
  const cached = newest_cached(cache, series);
  // The time of a kernel's folder says when it was last the newest there is.
  if (cached !== null && Date.now() - fs.statSync(cached).mtimeMs < DAY) return files_of(cached);
  // Its own apt, down to the lock: processes that fetch at once share nothing but the last step, a rename.
  const work = join(cache, `fetching-${randomUUID()}.tmp`);
  try {
    remove_left_over(cache);
    fs.mkdirSync(join(work, 'lists', 'partial'), { recursive: true });
    await fetch_newest(series, suites, work, (line) => progress(`${name}: ${line}`), signal, machine);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CallError) && (error as NodeJS.ErrnoException).errno === undefined) throw error;
    const why = (error as Error).message;
    if (cached === null) throw new CallError(`no ${name}: ${why}; a kernel that is there already: --kernel PATH`);
    progress(`${name}: ${why}; taking the one fetched before`);
  } finally {
    if (fs.existsSync(work)) fs.rmSync(work, { recursive: true, maxRetries: 5 });
  }
  // Not what was fetched: a mirror can be behind the one that was asked before.
  const newest = newest_cached(cache, series) as string;
  stamp(newest);
  return files_of(newest);
}

/** The newest kernel of this name in the cache, without asking anybody; null if there is none. */
export function cached_kernel(name: string, cache: string): KernelFiles | null {
  const folder = newest_cached(cache, known('kernel', name, SERIES).series);
  return folder === null ? null : files_of(folder);
}

/** A package as apt shows it; its size is in bytes. */
interface Package {
  readonly name: string;
  readonly version: string;
  readonly size: number;
}

/** Fetches the newest kernel with an apt of its own in `work`, a folder in the cache, unless the cache has it. */
async function fetch_newest(
  series: string,
  suites: readonly string[],
  work: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  { apt, keyrings }: Machine,
): Promise<void> {
  for (const tool of TOOLS) await run(tool, ['--version'], work, signal);
  const keyring = keyrings.find((file) => fs.existsSync(file));
  if (keyring === undefined) throw new CallError("Debian's keys are not here: install debian-archive-keyring");
  const mirrors = find_mirrors(sources_of(apt));
  const options = `[arch=amd64 target=Packages lang=none signed-by=${keyring}]`;
  const lines = suites.map((suite) => {
    const mirror = suite.endsWith('-security') ? mirrors.security : mirrors.archive;
    return `deb ${options} ${mirror} ${suite} main\n`;
  });
  fs.writeFileSync(join(work, 'sources.list'), lines.join(''));
  fs.writeFileSync(join(work, 'apt.conf'), APT_CONF);
  fs.writeFileSync(join(work, 'status'), '');
  const with_apt = (program: string, ...args: string[]) => run(program, ['-c', './apt.conf', ...args], work, signal);

  progress('reading package lists');
  await with_apt('apt-get', 'update');
  const names = (await with_apt('apt-cache', 'pkgnames', 'linux-')).split('\n').filter((name) => PART.test(name));
  const shown = names.length === 0 ? '' : await with_apt('apt-cache', 'show', ...names);
  const packages = newest_kernel(shown, series);
  const version = packages[0]?.version;
  if (version === undefined) throw new CallError(`Debian has no Linux ${series} in ${suites.join(' or ')}`);
  const folder = join(work, '..', `debian-${version}`);
  if (fs.existsSync(folder)) return;
  const size = packages.reduce((sum, one) => sum + one.size, 0);
  progress(`fetching ${packages.map(({ name }) => name).join(', ')} (${Math.round(size / 1e6)} MB)`);
  await with_apt('apt-get', 'download', ...packages.map(({ name }) => `${name}=${version}`));
  progress('unpacking');
  for (const file of fs.readdirSync(work).filter((name) => name.endsWith('.deb'))) {
    await run('dpkg-deb', ['-x', file, 'unpacked'], work, signal);
  }
  keep_kernel(join(work, 'unpacked'), join(work, 'kernel'), MODULES);
  signal.throwIfAborted();
  try {
    fs.renameSync(join(work, 'kernel'), folder);
  } catch (error) {
    // Another process was faster: the same files are there.
    if (!fs.existsSync(folder)) throw error;
  }
}

/** The folder in the cache with the newest kernel of this series; null if there is none. */
function newest_cached(cache: string, series: string): string | null {
  const entries = fs.existsSync(cache) && fs.statSync(cache).isDirectory() ? fs.readdirSync(cache) : [];
  const newest = entries
    .filter((entry) => entry.startsWith(`debian-${series}.`))
    .sort(by_version)
    .at(-1);
  return newest === undefined ? null : join(cache, newest);
}

/** Removes what processes that were killed have left in the cache a day ago or more. */
function remove_left_over(cache: string): void {
  const entries = fs.existsSync(cache) ? fs.readdirSync(cache) : [];
  for (const work of entries.filter((entry) => /^fetching-.*\.tmp$/.test(entry)).map((entry) => join(cache, entry))) {
    const since = fs.statSync(work, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (Date.now() - since > DAY) fs.rmSync(work, { recursive: true, force: true });
  }
}

/** Notes that a newer kernel was asked for. */
function stamp(folder: string): void {
  try {
    fs.utimesSync(folder, new Date(), new Date());
  } catch {
    // A cache that cannot be written to: then it is asked each time.
  }
}

/** Part of a kernel: one package has all of it, or several have the image, the modules and what both share. */
const PART = /^linux-(image|binary-unsigned|binary|modules|base)-(\d.*-cloud-amd64)(-unsigned)?$/;

/** Packages that make a whole kernel. Unsigned ones first: they are there earlier, and only firmware looks for more. */
const WHOLE = [['binary-unsigned', 'modules', 'base'], ['binary', 'modules', 'base'], ['image-unsigned'], ['image']];

/** The packages of the newest kernel of a series like 6.1, of what `apt-cache show` says; none if there is no such. */
export function newest_kernel(shown: string, series: string): Package[] {
  const kernels = new Map<string, Map<string, Package>>();
  for (const stanza of shown.split(/\n\n+/)) {
    const field = (key: string) => new RegExp(`^${key}: (.*)$`, 'm').exec(stanza)?.[1] ?? '';
    const [name, version, size] = [field('Package'), field('Version'), Number(field('Size'))];
    const [, part, release, unsigned = ''] = PART.exec(name) ?? [];
    // An image of some kilobytes is a package that only depends on the others.
    if (!version.startsWith(`${series}.`) || (part === 'image' && size < 1e6)) continue;
    const key = `${version} ${release}`;
    kernels.set(key, (kernels.get(key) ?? new Map()).set(`${part}${unsigned}`, { name, version, size }));
  }
  const newest_first = [...kernels].sort(([a], [b]) => by_version(b, a));
  for (const [, parts] of newest_first) {
    for (const whole of WHOLE) {
      const packages = whole.flatMap((part) => parts.get(part) ?? []);
      if (packages.length === whole.length) return packages;
    }
  }
  return [];
}

/** Orders kernel versions like 6.1.192-2 by their numbers, oldest first; 7.3.4-1~bpo13+1 is what 7.3.4-1 became later. */
export function by_version(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/**
 * The mirrors of Debian's archive and of its security updates that sources name, and Debian's own where they name none;
 * `sources` are the texts of .sources files and of .list files. A mirror is told from others that have packages for
 * Debian by its suites: only Debian has suites of updates.
 */
export function find_mirrors(sources: readonly { readonly file: string; readonly text: string }[]): {
  archive: string;
  security: string;
} {
  const found = { archive: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' };
  const lines = sources.flatMap(({ file, text }) =>
    file.endsWith('.sources') ? one_line_each(text) : text.split('\n'),
  );
  // The first that is named is taken.
  for (const line of lines.reverse()) {
    const [, uri, suite = ''] = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)/.exec(line) ?? [];
    const security = /-security$|\/updates$/.test(suite);
    if (uri === undefined || !/^(?!cdrom:).*debian/.test(uri) || !(security || /-updates$/.test(suite))) continue;
    found[security ? 'security' : 'archive'] = uri;
  }
  return found;
}

/** The stanzas of a .sources file as lines of a .list file, without options and components. */
function one_line_each(text: string): string[] {
  const stanzas = text.replace(/^#.*\n?/gm, '').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const field = (key: string) => {
      const value = new RegExp(`^${key}:(.*(?:\\n[ \\t].*)*)`, 'im').exec(stanza)?.[1] ?? '';
      return value.split(/\s+/).filter((word) => word !== '');
    };
    if (!field('Types').includes('deb') || field('Enabled')[0]?.toLowerCase() === 'no') return [];
    return field('URIs').flatMap((uri) => field('Suites').map((suite) => `deb ${uri} ${suite}`));
  });
}

/** The texts of the files in which a machine names its sources. */
function sources_of(apt: string): { file: string; text: string }[] {
  const parts = join(apt, 'sources.list.d');
  const more = fs.existsSync(parts) ? fs.readdirSync(parts).sort() : [];
  const files = [join(apt, 'sources.list'), ...more.map((file) => join(parts, file))].filter((file) =>
    /\.(list|sources)$/.test(file),
  );
  return files.filter((file) => fs.existsSync(file)).map((file) => ({ file, text: fs.readFileSync(file, 'utf8') }));
}

/**
 * Read after the machine's own configuration, which knows of proxies. Its hooks are cleared, as they are for its own
 * state; ./ is the folder apt runs in. A list that does not come is an error.
 */
const APT_CONF = `
#clear APT::Update;
#clear DPkg;
APT::Update::Error-Mode "any";
APT::Architecture "amd64";
APT::Architectures "amd64";
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
Dir::State "./";
Dir::State::lists "./lists";
Dir::State::status "./status";
Dir::Cache "./cache";
Dir::Etc::sourcelist "./sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
`;

/**
 * Runs a program and returns what it prints. Throws a CallError with what it says went wrong, or the signal's reason once
 * it aborts; in any case not before the program and what it started have ended.
 */
function run(program: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<string> {
  return new Promise((done, fail) => {
    signal.throwIfAborted();
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (said.out += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (said.err += text));
    const stop = () => child.kill();
    signal.addEventListener('abort', stop);
    child.on('error', () => fail(new CallError(`${program} does not run on this machine`)));
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return fail(signal.reason);
      if (code === 0) return done(said.out);
      const lines = said.err.trim().split('\n');
      // apt's very last words are only that something failed.
      const why =
        lines.filter((line) => /^E: /.test(line) && !/^E: Some index files/.test(line)).at(-1) ?? lines.at(-1);
      fail(new CallError(`${program}: ${why?.replace(/^E: /, '') || `exit code ${code}`}`));
    });
  });
}
