/** Compiles the agent: once for each version of its source, on the machine where it is needed. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CallError } from '../../harness/errors';
import { data_folder, make_folder } from '../../harness/files/folder';
import { is_alive } from '../../harness/files/save';
import { ending_with_us, was_not_there } from './child';

const SOURCE = data_folder(__dirname, 'models', 'live', 'agent');

/**
 * Returns the path of the static program in the cache, and compiles it unless the cache has it unchanged. Throws a
 * CallError if there is no C compiler, or if the compiler fails. The compiler ends when the signal aborts.
 */
export async function build_agent(cache: string, signal: AbortSignal): Promise<string> {
  const { files, version } = source_in(SOURCE);
  const program = join(cache, `agent-${version}`);
  const sum = `${program}.sha256`;
  if (existsSync(program) && existsSync(sum) && readFileSync(sum, 'utf8') === digest_of(program)) return program;
  const unfinished = `${program}.${process.pid}.unfinished`;
  try {
    make_folder(cache);
    remove_left_over(cache);
    await promisify(execFile)(...ending_with_us('cc', ['-O2', '-static', '-o', unfinished, ...files]), { signal });
    writeFileSync(`${unfinished}.sha256`, digest_of(unfinished));
    renameSync(unfinished, program);
    renameSync(`${unfinished}.sha256`, sum);
    return program;
  } catch (error) {
    signal.throwIfAborted();
    const { code, stderr = '', message } = error as { code?: unknown; stderr?: string; message?: string };
    if (code === 'ENOENT' || was_not_there(stderr))
      throw new CallError('no C compiler (cc) for the agent; on Debian: apt-get install gcc libc6-dev');
    const [line = message ?? String(code)] = stderr.split('\n').filter((text) => /error|cannot|undefined/.test(text));
    throw new CallError(`the agent cannot be compiled: ${line}`);
  } finally {
    for (const file of [unfinished, `${unfinished}.sha256`]) rmSync(file, { force: true });
  }
}

/** The files that are compiled, and what tells these sources from others: the names and texts of them and of their headers. */
export function source_in(folder: string): { readonly files: readonly string[]; readonly version: string } {
  const names = readdirSync(folder)
    .filter((name) => /^\w+[.][ch]$/.test(name))
    .sort();
  const texts = names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
  return {
    files: names.filter((name) => name.endsWith('.c')).map((name) => join(folder, name)),
    version: createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 16),
  };
}

const digest_of = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Removes what killed processes have left. */
function remove_left_over(cache: string): void {
  for (const name of readdirSync(cache)) {
    const [, pid] = /^agent-.*[.](\d{1,10})[.]unfinished([.]sha256)?$/.exec(name) ?? [];
    if (pid !== undefined && !is_alive(Number(pid))) rmSync(join(cache, name), { force: true });
  }
}
