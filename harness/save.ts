import { closeSync, fsyncSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CallError } from './errors';

/**
 * Writes a new file, all of it or nothing, and never over one that exists: the text is complete on the disk under another
 * name before the file has its own. Throws a CallError that names the file and what is wrong.
 */
export function save_new(file: string, text: string): void {
  const unfinished = join(dirname(file), `.${basename(file)}.${process.pid}.unfinished`);
  try {
    const handle = openSync(unfinished, 'w');
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    try {
      linkSync(unfinished, file);
    } finally {
      unlinkSync(unfinished);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw new CallError(`${file} exists already, and is not overwritten: choose another name`);
    throw new CallError(`cannot write ${file}: ${code ?? error}`);
  }
}
