/**
 * One process at a time writes a journal. Each that wants to puts a claim beside it, a file of its own that names the process, and
 * only then looks for those of others: of two at once at least one sees the other. A claim of a process that has ended is nobody's,
 * and since its name is no other's, whoever takes it away takes nothing else.
 */
import { closeSync, constants, openSync, readdirSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { CallError } from '../errors';
import { why_not } from '../files/save';
import { lives, MYSELF, type Process } from './whose';

/** Gives the file up. */
export type Release = () => void;

/** What is in a claim once its process has the file; before that, it is empty. */
const HELD = 'held\n';

/** Milliseconds between looks at one that is not decided, and how many of them: it takes some system calls. */
const BETWEEN = 5;
const LOOKS = 400;

/**
 * Claims a file, which need not be there. Throws a CallError if another process has it, or the claim cannot be written. Of
 * those that claim it at the same time, one gets it.
 */
export function claim(file: string, myself: Process = MYSELF): Release {
  const whole = resolve(file);
  const folder = dirname(whole);
  const before = `.${basename(whole)}.`;
  const name = `${before}${myself.pid}.${myself.start}.${myself.place}.claim`;
  const mine = join(folder, name);
  const release = () => rmSync(mine, { force: true });
  const handle = opened(mine, file, myself);
  try {
    const first = wait_for_first(folder, before, name);
    if (first !== null) throw is_written(file, first);
    writeSync(handle, HELD);
    return release;
  } catch (error) {
    release();
    if (error instanceof CallError) throw error;
    throw cannot_write(file, error);
  } finally {
    closeSync(handle);
  }
}

export const is_written = (file: string, { pid }: Pick<Process, 'pid'>): CallError =>
  new CallError(`${file} is still written by process ${pid}: wait until it has ended, or end it`);

function opened(mine: string, file: string, myself: Process): number {
  try {
    // Never through a link that somebody has put there.
    return openSync(mine, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'EEXIST' ? is_written(file, myself) : cannot_write(file, error);
  }
}

function cannot_write(file: string, error: unknown): CallError {
  return new CallError(`cannot write ${file}: ${why_not((error as NodeJS.ErrnoException).code) ?? error}`);
}

/** The process that comes first, or null if that is the one whose claim has this name. */
function wait_for_first(folder: string, before: string, name: string): Process | null {
  for (let look = 0; ; look++) {
    const others = claims_in(folder, before).filter((other) => other !== name && is_claimed(folder, other));
    const held = others.find((other) => text_of(join(folder, other)) !== '');
    // Of several that look at the same time, the least name has it. One that is greater gives up when it sees this one; or it has
    // not seen it, and then says so.
    const first = held ?? others.find((other) => other < name) ?? (look < LOOKS ? undefined : others[0]);
    if (first !== undefined) return process_of(first);
    if (others.length === 0) return null;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BETWEEN);
  }
}

const CLAIM = /\.(\d{1,10})\.(\d{1,20})\.([\da-f]{8})\.claim$/;

const claims_in = (folder: string, before: string): string[] =>
  readdirSync(folder).filter((name) => name.startsWith(before) && CLAIM.exec(name)?.index === before.length - 1);

function process_of(name: string): Process {
  const [, pid = '', start = '', place = ''] = CLAIM.exec(name) ?? [];
  return { pid: Number(pid), start, place };
}

/** Whether the process of a claim runs. The claim goes if not, or if nobody knows: it is of another machine or container. */
function is_claimed(folder: string, name: string): boolean {
  if (lives(process_of(name)) === true) return true;
  try {
    rmSync(join(folder, name), { force: true });
  } catch {
    // Whose process has ended may be there; it is another user's.
  }
  return false;
}

/** Empty, too, where it has just gone. */
function text_of(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
