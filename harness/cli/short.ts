/** `--short`: totals on the terminal, everything in a file of the cache. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CallError } from '../errors';
import { check_replaceable, replace_file } from '../files/save';
import type { Terminal } from './cli';
import type { FindProof } from './known_proof';
import { quoted_line } from './quoted';
import { type Done, short_report } from './short_report';

/** What `--short` leaves out of the terminal: lines for a file, and what each variant did. */
export interface Short {
  readonly file: string | null;
  readonly whole: string[];
  readonly done: Done[];
}

/** Throws a CallError if the file of the rest cannot be written, before anything is run. */
export function short_of({ cache }: Terminal): Short {
  const file = cache === undefined ? null : join(cache, 'last-check.txt');
  if (file !== null && cache !== undefined) {
    try {
      mkdirSync(cache, { recursive: true });
    } catch (error) {
      throw new CallError(`cannot make ${cache}: ${(error as NodeJS.ErrnoException).code ?? error}`);
    }
    check_replaceable(file);
  }
  return { file, whole: [], done: [] };
}

/** Prints the lines of a variant, or keeps them for the end. */
export function short_or_whole(short: Short | null, done: Done, lines: readonly string[], { out }: Terminal): void {
  if (!short) for (const line of lines) out(line);
  else {
    short.whole.push(...lines);
    short.done.push(done);
  }
}

/** Prints the totals, and writes the rest, all of it or nothing. */
export function tell_short({ file, whole, done }: Short, proof: FindProof, say: (line: string) => void): void {
  for (const line of short_report(done, proof)) say(line);
  if (file === null) return;
  replace_file(file, `${whole.map(quoted_line).join('\n')}\n`);
  say(`  all of it ${file}`);
}
