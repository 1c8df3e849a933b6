import { randomUUID } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CallError } from '../errors';

/**
 * Writes a new file, all of it or nothing, and never over one that exists: the text is complete on the disk under another
 * name before the file has its own. Throws a CallError that names the file and what is wrong.
 */
export function save_new(file: string, text: string): void {
  written(file, text, (unfinished) => linkSync(unfinished, file));
}

/**
 * Throws a CallError if the file cannot be written: save_new() would, too, but only when the work is done. What processes that
 * were killed have left beside it is removed.
 */
export function check_new(file: string): void {
  if (is_there(file)) throw exists_already(file);
  if (/^(|[.]|[.][.]|[.]json)$/.test(basename(file))) throw new CallError(`${file} names a folder, and no file`);
  remove_left_over(dirname(file));
  written(file, '', () => {});
}

/** Throws a CallError if replace_file() could not write this file. */
export function check_replaceable(file: string): void {
  if (is_there(file) && !lstatSync(file).isFile()) throw new CallError(`cannot write ${file}: it is no file`);
  remove_left_over(dirname(file));
  written(file, '', () => {});
}

/** Writes a file, all of it or nothing, in the place of one that exists. Throws a CallError as save_new() does. */
export function replace_file(file: string, text: string): void {
  written(file, text, (unfinished) => renameSync(unfinished, file));
}

/** Whether there is anything of this name, be it a link to nothing. */
function is_there(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    throw new CallError(`cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such folder',
  ENOTDIR: 'a part of its path is no folder',
  EACCES: 'that is not allowed',
  EROFS: 'nothing can be written there',
  ENOSPC: 'the disk is full',
};

/** The code of an error, and what it means. */
export const why_not = (code: string | undefined): string | undefined =>
  code === undefined || REASONS[code] === undefined ? code : `${code}, ${REASONS[code]}`;

/** Writes under a name of its own, in the same folder; `keep` may give it another. */
function written(file: string, text: string, keep: (unfinished: string) => void): void {
  const unfinished = join(dirname(file), `.${basename(file)}.${process.pid}.${randomUUID()}.unfinished`);
  let made = false;
  try {
    // Never through a link that somebody has put there.
    const handle = openSync(unfinished, 'wx');
    made = true;
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    keep(unfinished);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && made) throw exists_already(file);
    throw new CallError(`cannot write ${file}: ${why_not(code) ?? error}`);
  } finally {
    if (made) rmSync(unfinished, { force: true });
  }
}

const LEFT_OVER = /^[.].*[.](\d{1,10})[.][\da-f-]{36}[.]unfinished$/;

function remove_left_over(folder: string): void {
  try {
    for (const name of readdirSync(folder)) {
      const [, pid] = LEFT_OVER.exec(name) ?? [];
      if (pid !== undefined && !is_alive(Number(pid))) rmSync(join(folder, name), { force: true });
    }
  } catch {
    // Whoever cannot read the folder, or take anything away, may still be able to write.
  }
}

/** Whether there is a process of this number. One that is not ours to signal is there, too. */
export function is_alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const exists_already = (file: string): CallError =>
  new CallError(`${file} exists already, and is not overwritten: choose another name`);
