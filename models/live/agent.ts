/** The agent as a program: compiled where it is needed, once for each version of it. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CallError } from '../../harness/errors';
import { data_folder } from '../../harness/files/folder';

const SOURCE = data_folder(__dirname, 'models', 'live', 'agent.c');

/** The path of the static program, in the cache. Throws a CallError if there is no C compiler, or none that can. */
export async function build_agent(cache: string): Promise<string> {
  const version = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const program = join(cache, `agent-${version}`);
  if (existsSync(program)) return program;
  const unfinished = `${program}.${process.pid}.unfinished`;
  try {
    mkdirSync(cache, { recursive: true });
    await promisify(execFile)('cc', ['-O2', '-static', '-o', unfinished, SOURCE]);
    renameSync(unfinished, program);
    return program;
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === 'ENOENT')
      throw new CallError('no C compiler (cc) for the agent; on Debian: apt-get install gcc libc6-dev');
    const [line = String(code)] = (stderr ?? '').split('\n').filter((text) => /error|cannot/.test(text));
    throw new CallError(`the agent cannot be compiled: ${line}`);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
