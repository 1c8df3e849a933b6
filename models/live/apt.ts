/** Debian's package tools: which sources a machine names, and how these tools are run. */
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { CallError } from '../../harness/errors';
import { group_ending_with_us, NOT_THERE } from './child';

export type Env = Readonly<Record<string, string | undefined>>;

/**
 * The mirrors of Debian's archive and of its security updates that the sources name; Debian's own if they name none.
 * `sources` are the texts of .sources and .list files. A mirror of Debian differs from other archives of packages by
 * its suites: only Debian has suites of updates.
 */
export function find_mirrors(sources: readonly { readonly file: string; readonly text: string }[]): {
  archive: string;
  security: string;
} {
  const found = { archive: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security' };
  const lines = sources.flatMap(({ file, text }) =>
    file.endsWith('.sources') ? one_line_each(text) : text.split('\n'),
  );
  // The first one named is used.
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
export function sources_of(apt: string): { file: string; text: string }[] {
  const parts = join(apt, 'sources.list.d');
  const more = fs.existsSync(parts) ? fs.readdirSync(parts).sort() : [];
  const files = [join(apt, 'sources.list'), ...more.map((file) => join(parts, file))].filter((file) =>
    /\.(list|sources)$/.test(file),
  );
  return files.filter((file) => fs.existsSync(file)).map((file) => ({ file, text: fs.readFileSync(file, 'utf8') }));
}

/**
 * Read after the machine's own configuration, which knows its proxies. Its hooks are cleared, because they are meant
 * for the machine's own state; ./ is the folder in which apt runs. A list that cannot be fetched is an error, and so is
 * one without a signature, whatever the machine allows.
 */
export const APT_CONF = `
#clear APT::Update;
#clear DPkg;
APT::Update::Error-Mode "any";
APT::Get::AllowUnauthenticated "false";
APT::Get::Force-Yes "false";
APT::Get::allow-downgrades "false";
APT::Authentication::TrustCDROM "false";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Check-Valid-Until "true";
Acquire::Check-Date "true";
Acquire::https::Verify-Peer "true";
Acquire::https::Verify-Host "true";
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
 * Runs a program and returns its output. Throws a CallError with the program's message if it fails, or the signal's
 * reason once it aborts. In both cases, only after the program and all that it started have ended.
 */
export function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Env,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((done, fail) => {
    signal.throwIfAborted();
    const [shell, words] = group_ending_with_us(program, args);
    const child = spawn(shell, words, {
      cwd,
      env: { ...env, LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    });
    const said = { out: '', err: '' };
    child.stdout?.setEncoding('utf8').on('data', (text) => (said.out += text));
    child.stderr?.setEncoding('utf8').on('data', (text) => (said.err += text));
    // Also ends all processes that it has started.
    const stop = () => {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    };
    signal.addEventListener('abort', stop);
    child.on('error', () => fail(new CallError(`${program} does not run on this machine`)));
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return fail(signal.reason);
      if (code === 0) return done(said.out);
      if (code === NOT_THERE) return fail(new CallError(`${program} does not run on this machine`));
      const lines = said.err.trim().split('\n');
      // apt's last line says only that something failed.
      const why =
        lines.filter((line) => /^E: /.test(line) && !/^E: Some index files/.test(line)).at(-1) ?? lines.at(-1);
      fail(new CallError(`${program}: ${why?.replace(/^E: /, '') || `exit code ${code}`}`));
    });
  });
}
