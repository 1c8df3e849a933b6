/** What Debian's suites hold, read by an apt of our own: the machine's own apt is not touched. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CallError } from '../../harness/errors';
import { make_folder } from '../../harness/files/folder';
import { APT_CONF, type Env, find_mirrors, run, sources_of } from './apt';
import { type Held, held_kernels, kernels_in, type Listed, PART, suites_in } from './packages';

const TOOLS = ['apt-get', 'apt-cache', 'dpkg-deb', 'xz'];

/** Where a machine names the mirrors that it uses, and where it may have Debian's keys. */
export interface Machine {
  readonly apt: string;
  readonly keyrings: readonly string[];
}

export const THIS_MACHINE: Machine = {
  apt: '/etc/apt',
  keyrings: ['gpg', 'pgp'].map((kind) => `/usr/share/keyrings/debian-archive-keyring.${kind}`),
};

/** What was read, and the apt that can download from there. */
export interface Lists {
  /** The suites that could be read. */
  readonly suites: readonly string[];
  /** Those of them whose lists are not there, although apt says that it has fetched them. */
  readonly unread: readonly string[];
  /** All kernels in them, newest first. */
  readonly kernels: readonly Listed[];
  /** Those of which there is every package. */
  readonly held: Held[];
  apt(program: string, ...args: string[]): Promise<string>;
}

/**
 * Reads the package lists of suites, in `work`. With `anywhere`, suites that cannot be read are left out; otherwise each
 * must be read. Throws a CallError if none can be.
 */
export async function read_suites(
  { suites, anywhere }: { readonly suites: readonly string[]; readonly anywhere: boolean },
  work: string,
  progress: (line: string) => void,
  signal: AbortSignal,
  env: Env,
  { apt: sources, keyrings }: Machine,
): Promise<Lists> {
  for (const tool of TOOLS) await run(tool, ['--version'], work, env, signal);
  const keyring = keyrings.find((file) => existsSync(file));
  if (keyring === undefined) throw new CallError("Debian's keys are not here: install debian-archive-keyring");
  const mirrors = find_mirrors(sources_of(sources));
  const options = `[arch=amd64 target=Packages lang=none signed-by=${keyring}]`;
  const read_from = (some: readonly string[]) => {
    const lines = some.map((suite) => {
      const mirror = suite.endsWith('-security') ? mirrors.security : mirrors.archive;
      return `deb ${options} ${mirror} ${suite} main\n`;
    });
    writeFileSync(join(work, 'sources.list'), lines.join(''));
  };
  make_folder(join(work, 'lists', 'partial'));
  writeFileSync(join(work, 'apt.conf'), APT_CONF);
  writeFileSync(join(work, 'status'), '');
  const apt = (program: string, ...args: string[]) => run(program, ['-c', './apt.conf', ...args], work, env, signal);

  progress('reading package lists');
  const readable: string[] = [];
  for (const part of anywhere ? suites.map((suite) => [suite]) : [suites]) {
    read_from(part);
    try {
      await apt('apt-get', '-o', 'APT::Get::List-Cleanup=false', 'update');
      readable.push(...part);
    } catch (error) {
      signal.throwIfAborted();
      if (!anywhere || !(error instanceof CallError)) throw error;
      progress(`without ${part.join()}: ${error.message}`);
    }
  }
  if (readable.length === 0) throw new CallError(`none of ${suites.join(', ')} can be read`);
  read_from(readable);
  const names = (await apt('apt-cache', 'pkgnames', 'linux-')).split('\n').filter((name) => PART.test(name));
  const shown = names.length === 0 ? '' : await apt('apt-cache', 'show', ...names);
  const kernels = kernels_in(shown);
  const firsts = kernels.flatMap(({ packages }) => packages[0]?.name ?? []);
  const madison = firsts.length === 0 ? '' : await apt('apt-cache', 'madison', ...new Set(firsts));
  const fetched = readdirSync(join(work, 'lists'));
  const unread = readable.filter((suite) => !fetched.some((file) => file.includes(`_dists_${suite}_`)));
  return { suites: readable, unread, kernels, held: held_kernels(kernels, suites_in(madison)), apt };
}

/** An apt that has done nothing, or not all, and says that it has: then nothing is known of what Debian has. */
export function check_read({ unread }: Lists): void {
  if (unread.length > 0)
    throw new CallError(
      `apt-get update has not fetched the package lists of ${unread.join(' and ')}, and its exit code was 0`,
    );
}
