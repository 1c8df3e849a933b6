/** Programs that a call names: a file, or a regression of the project. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CallError } from '../errors';
import { did_you_mean } from '../nearest';
import type { Suite } from '../suite';
import { regression_names } from './regression';

/** A file that is there, or looks like one; else a regression of the project by its name. Throws a CallError for neither. */
export function program_file<View>(suite: Suite<View>, word: string): string {
  if (existsSync(word) || /[/\\]|\.jsonl?$/.test(word)) return word;
  const names = regression_names(suite);
  if (names.includes(word)) return join(suite.regressions, `${word}.json`);
  const hint = did_you_mean(word, names);
  throw new CallError(`"${word}" is neither a file, nor a regression's name, nor a SEED:CASE like main:12${hint}`);
}
