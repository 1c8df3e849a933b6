import { closeSync, existsSync, fsyncSync, linkSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CallError } from '../errors';

/**
 * Writes a new file, all of it or nothing, and never over one that exists: the text is complete on the disk under another
 * name before the file has its own. Throws a CallError that names the file and what is wrong.
 */
export function save_new(file: string, text: string): void {
  const unfinished = join(dirname(file), `.${basename(file)}.${process.pid}.unfinished`);
  try {
    const handle = openSync(unfinished, 'w');
    try {
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    linkSync(unfinished, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw exists_already(file);
    throw new CallError(`cannot write ${file}: ${code ?? error}`);
  } finally {
    rmSync(unfinished, { force: true });
  }
}

/** Throws a CallError if there is such a file: save_new() would, too, but only when the work is done. */
export function check_new(file: string): void {
  if (existsSync(file)) throw exists_already(file);
}

const exists_already = (file: string): CallError =>
  new CallError(`${file} exists already, and is not overwritten: choose another name`);
