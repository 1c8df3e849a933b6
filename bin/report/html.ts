/** `--html FILE`: what a command has found, as one page, complete in itself. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Audience } from '../../harness/cli/audience';
import type { Call, CliCommand, Terminal } from '../../harness/cli/cli';
import type { Option } from '../../harness/cli/options';
import { shell_word, start_of } from '../../harness/cli/start_again';
import { CallError } from '../../harness/errors';
import { make_folder } from '../../harness/files/folder';
import { check_replaceable, replace_file } from '../../harness/files/save';
import { gather } from './gather';
import { page_text } from './page';

const HTML: Option = {
  value: 'FILE',
  help: 'a report to look at in a browser: counterexamples, step by step',
  writes: true,
};

/** The same command with the option. The file is made when the command has ended, all of it or nothing. */
export function with_html(name: string, command: CliCommand): CliCommand {
  return {
    ...command,
    options: { ...command.options, html: HTML },
    async run(call, terminal, ledger, journal) {
      const file = call.text('html');
      if (file === undefined) return command.run(call, terminal, ledger, journal);
      if (file === '') throw new CallError('--html "" names no file');
      check_replaceable(file);
      const gathered = gather(start_of(terminal.env));
      const code = await command.run(call, { ...terminal, audience: gathered.audience }, ledger, journal);
      const words = ['kvm-nx-harness', name, ...words_of(command, call)];
      replace_file(file, page_text(gathered.report(words.join(' '), code)));
      terminal.err(`report: ${file}`);
      return code;
    },
  };
}

/** What a call without words finds, for a report in the folder that is kept between calls. */
export interface KeptReport {
  readonly file: string;
  readonly audience: Audience;
  /** Writes it, and says where it is. */
  write(code: number): void;
}

/** Null where nothing is kept; says so where it cannot be written. */
export function kept_report(terminal: Terminal, call: string): KeptReport | null {
  const { cache, err } = terminal;
  if (cache === undefined) return null;
  const file = join(cache, 'last-report.html');
  try {
    make_folder(cache);
    check_replaceable(file);
  } catch (error) {
    err(`no report: cannot write ${file}: ${(error as NodeJS.ErrnoException).code ?? (error as Error).message}`);
    return null;
  }
  const { audience, report } = gather(start_of(terminal.env));
  return {
    file,
    audience,
    write(code) {
      replace_file(file, page_text(report(call, code)));
      terminal.out(`report    ${pathToFileURL(file)}`);
    },
  };
}

/** A call as it may have been typed. */
function words_of({ options }: CliCommand, call: Call): string[] {
  const given = Object.keys(options).flatMap((option) => {
    const value = call.text(option);
    return value !== undefined ? [`--${option}`, shell_word(value)] : call.flag(option) ? [`--${option}`] : [];
  });
  return [...call.words.map(shell_word), ...given];
}
