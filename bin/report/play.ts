/** `play`: a page in which programs run on the models, and nothing else. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CliCommand, EXIT } from '../../harness/cli/cli';
import { CallError } from '../../harness/errors';
import { make_folder } from '../../harness/files/folder';
import { check_new, save_new } from '../../harness/files/save';
import { page_text } from './page';

export const PLAY: CliCommand = {
  words: '[FILE.html]',
  doc: 'writes a page in which programs run on the models: edit one, choose a variant, step through it',
  options: {},
  async run({ words }, terminal, ledger) {
    const [named, ...rest] = words;
    if (rest.length > 0) throw new CallError(`play: one file at a time, not "${rest.join(' ')}" too`);
    if (named !== undefined) check_new(named);
    ledger.ask('pages', 1);
    const text = page_text(null);
    const file = named ?? kept(text, terminal.cache ?? tmpdir());
    if (!existsSync(file)) save_new(file, text);
    ledger.done('pages', 1);
    terminal.out(`playground: ${file}`);
    terminal.out(`open in a browser: ${pathToFileURL(file)}`);
    return EXIT.good;
  },
};

/** A name in the folder for what is kept between calls: the same for the same page. */
function kept(text: string, folder: string): string {
  try {
    make_folder(folder);
  } catch (error) {
    throw new CallError(`cannot write to ${folder}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
  return join(folder, `playground-${createHash('sha256').update(text).digest('hex').slice(0, 12)}.html`);
}
