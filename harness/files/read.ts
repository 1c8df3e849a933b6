/** Files that people name: read with a bound, and told in one line where they are wrong. */
import { readFileSync, statSync } from 'node:fs';
import type { z } from 'zod';
import { CallError } from '../errors';

/** Reads a file that must be JSON of this shape. Throws a CallError that names the file and the bad field. */
export function read_json<T>(file: string, schema: z.ZodType<T>, text = read_text(file)): T {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new CallError(`${file} is not JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CallError(`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

/** Larger files are no fixture of anybody's. */
const MEGABYTES_AT_MOST = 16;

/** Reads a text file. Throws a CallError that names it, if it cannot be read or is too large. */
export function read_text(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MEGABYTES_AT_MOST * 2 ** 20) {
      throw new CallError(`${file} has ${Math.round(size / 2 ** 20)} MB; at most ${MEGABYTES_AT_MOST} MB are read`);
    }
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof CallError) throw error;
    throw new CallError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}
