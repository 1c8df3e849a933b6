/** How the program is started again from where its lines are read. */
import { basename } from 'node:path';
import type { Terminal } from './cli';

/** A word as a shell takes it for one. */
export const shell_word = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/**
 * `npm start --` in a checkout, with the folder of the project where the call did not come from there; `npx` and the name of
 * the program where it was called as an installed package.
 */
export function start_of({ INIT_CWD, npm_config_local_prefix: folder, npm_command }: Terminal['env']): string {
  if (npm_command === 'exec') return `npx ${basename(process.argv[1] ?? '', '.js')}`;
  return folder === undefined || INIT_CWD === undefined || INIT_CWD === folder
    ? 'npm start --'
    : `npm --prefix ${shell_word(folder)} start --`;
}
