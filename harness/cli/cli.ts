import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CallError, Interrupted, known } from '../errors';
import { known_names, nearest } from '../nearest';
import type { Pool } from '../pool/pool';
import type { Part } from '../shard/part';
import type { Suite } from '../suite';
import type { Place } from '../user_code/places';
import type { Audience } from './audience';
import { type Journal, NO_JOURNAL, open_journal } from './journal';
import { type Ledger, new_ledger } from './ledger';
import { help_of, type Options, parser_options } from './options';
import { quoted_line, uncommanded_line } from './quoted';

/** Where a command of the command line writes to. Nothing else of it reaches the terminal. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  /** A line about what is going on, overwritten by the next; only where somebody is watching. */
  progress(line: string): void;
  /** Milliseconds since 1970. */
  now(): number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How many columns it has; undefined where it is no terminal. */
  readonly columns?: number | undefined;
  /** The folder for what is kept between calls; undefined: nothing is. */
  readonly cache?: string;
  /** Which build of the program this is: results of two do not belong together. */
  readonly build?: string;
  /** Aborted when the user wants it to end: what was found so far is reported. */
  readonly signal: AbortSignal;
  /** Whoever wants what is found as data, beside the lines. */
  readonly audience?: Audience;
}

/** Exit codes: all as expected, something not as expected, wrong call, a defect of the harness, interrupted by the user. */
export const EXIT = { good: 0, bad: 1, call: 2, failed: 3, interrupted: 130 } as const;

/** What a call works with: the suite, with the user's own implementation if there is one, and threads. */
export interface Context<View> {
  readonly suite: Suite<View>;
  readonly new_pool: () => Pool;
  /** The name of the user's own implementation. */
  readonly own: string | null;
  /** Its variables that outlive a program, and where they are. */
  readonly state?: readonly string[];
  /** All of what it is compiled to. */
  readonly code?: object;
  /** By name, where its file defines something: such as an entry that it replaces. */
  readonly places?: Readonly<Record<string, Place>> | undefined;
}
export type Open<View> = (call: Call) => Promise<Context<View>>;

/** One command of the command line. */
export interface CliCommand {
  /** The words that it takes, beside options. */
  readonly words: string;
  readonly doc: string;
  readonly options: Options;
  /**
   * The exit code. Throws a CallError for a wrong call. What is asked for and done goes into the ledger; what is found, as it
   * comes, into the journal, which is kept of commands that have an option of this name.
   */
  run(call: Call, terminal: Terminal, ledger: Ledger, journal: Journal): Promise<number>;
  /** Whether this call can go on from the journal of one that was killed; missing: none can. */
  goes_on?(call: Call): boolean;
}

export interface Call {
  readonly words: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
  /** What other processes have done of its work, in order. Undefined: nobody has, and it is done here. */
  readonly parts?: readonly Part[];
}

/** A flag's text as a whole number in a range; the fallback where the flag is not given. */
export function number_flag(call: Call, name: string, lo: number, hi: number, fallback: number): number {
  const text = call.text(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lo && value <= hi) return value;
  throw new CallError(`--${name} ${text} is not a whole number from ${lo} to ${hi}`);
}

/** Runs a call. Exit code 2, and one line that says what is wrong, where the call is wrong. */
export async function run_cli(
  commands: ReadonlyMap<string, CliCommand>,
  argv: readonly string[],
  unquoted: Terminal,
): Promise<number> {
  const terminal = quoting(unquoted);
  const [name = '', ...rest] = argv;
  try {
    const command = commands.get(name);
    if (!command) throw new CallError(`no command "${name}"${known_names(name, [...commands.keys(), 'help'])}`);
    if (rest.some((word) => HELP.includes(word))) {
      for (const line of help_text(name, command)) terminal.out(line);
      return EXIT.good;
    }
    const ledger = new_ledger();
    const call = parse(name, command, rest, commands);
    check_written(command, call);
    const journal =
      'journal' in command.options
        ? open_journal(argv, call.text('journal'), terminal, ledger, command.goes_on?.(call))
        : NO_JOURNAL;
    try {
      return balanced(await command.run(call, terminal, ledger, journal), ledger, terminal);
    } finally {
      journal.close();
    }
  } catch (error) {
    if (error instanceof Interrupted) {
      terminal.err('interrupted');
      return EXIT.interrupted;
    }
    if (!(error instanceof CallError)) throw error;
    terminal.err(error.message);
    for (const line of error.details) terminal.err(line);
    return EXIT.call;
  }
}

/** The exit code, unless it is good and the ledger says that less was done than was asked for. */
function balanced(code: number, ledger: Ledger, terminal: Terminal): number {
  for (const line of ledger.doubts) terminal.err(line);
  if (code !== EXIT.good) return code;
  const missing = ledger.missing();
  if (missing.length > 0) {
    terminal.err(`NOT DONE, for a reason that is not known (please report it): ${missing.join('; ')}`);
    return EXIT.failed;
  }
  return ledger.doubts.length > 0 ? EXIT.call : EXIT.good;
}

/** A terminal that takes no line for more than text. */
function quoting(terminal: Terminal): Terminal {
  const on_github = terminal.env['GITHUB_ACTIONS'] === 'true';
  const quoted = (line: string) => (on_github ? uncommanded_line(quoted_line(line)) : quoted_line(line));
  return {
    ...terminal,
    out: (line) => terminal.out(quoted(line)),
    err: (line) => terminal.err(quoted(line)),
    progress: (line) => terminal.progress(quoted(line)),
  };
}

/** Asks for a few words about a command, or all of them. */
export const HELP: readonly string[] = ['--help', '-h'];

export const help_text = (name: string, { words, doc, options }: CliCommand): string[] =>
  help_of(name, words, doc, options);

/** All commands, and how to ask about one. */
export const overview = (commands: ReadonlyMap<string, CliCommand>): string[] => [
  ...[...commands].flatMap(([name, { words, doc }]) => [`${name} ${words}`.trimEnd(), `    ${doc}`]),
  '',
  'help COMMAND, or COMMAND --help: its options',
];

function parse(
  name: string,
  { options, words }: CliCommand,
  argv: readonly string[],
  commands: ReadonlyMap<string, CliCommand>,
): Call {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...argv],
      options: parser_options(options),
      allowPositionals: true,
      tokens: true,
    });
    const given = tokens.flatMap((token) => (token.kind === 'option' ? token.name : []));
    const twice = given.find((key, i) => given.indexOf(key) !== i);
    if (twice !== undefined) throw new CallError(`${name}: --${twice} is given twice`);
    return {
      words: positionals,
      flag: (key) => values[key] === true,
      text: (key) => (typeof values[key] === 'string' ? values[key] : undefined),
    };
  } catch (error) {
    if (error instanceof CallError) throw error;
    const [what] = (error as Error).message.split(/\. |\.?\n/);
    const [, flag = null] = /^Option '(--[a-z-]+).*ambiguous$/.exec(what ?? '') ?? [];
    const value = argv[argv.indexOf(flag ?? '') + 1] ?? '-1';
    const told = flag ? `Option '${flag}' argument is followed by a dash; write ${flag}=${value} if it is meant` : what;
    const [, unknown] = /^Unknown option '--?(.*)'$/.exec(what ?? '') ?? [];
    const meant = unknown === undefined ? null : nearest(unknown, Object.keys(options));
    const of = [...commands]
      .filter(([, other]) => unknown !== undefined && unknown in other.options)
      .map(([one]) => one);
    const hint =
      of.length > 0 ? `, which is one of ${of.join(', ')}` : meant === null ? '' : `; did you mean "--${meant}"?`;
    const usage = [name, words, '[options]'].filter((word) => word).join(' ');
    throw new CallError(`${name}: ${told}${hint}; usage: ${usage}; see "help ${name}"`);
  }
}

/** Throws a CallError if a file that the call writes is one that another option or a word names. */
function check_written({ options }: CliCommand, call: Call): void {
  const named = Object.entries(options).flatMap(([name, { value = '', writes = false }]) => {
    const file = call.text(name);
    return file && /FILE|PATH/.test(value) ? [{ what: `--${name}`, file: real_path(file), writes }] : [];
  });
  const words = call.words.filter(existsSync).map((word) => {
    return { what: `"${word}"`, file: real_path(word), writes: false };
  });
  for (const one of named.filter(({ writes }) => writes)) {
    const other = [...named, ...words].find(({ what, file }) => what !== one.what && file === one.file);
    if (other) throw new CallError(`${one.what} would write over ${other.what}: both name ${one.file}`);
  }
}

/** Where a file is, or will be, without links on the way. */
function real_path(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const folder = dirname(resolve(file));
    return folder === resolve(file) ? folder : join(real_path(folder), basename(file));
  }
}

/** The one implementation that a call names, or null. */
export function variant_of<View>({ suite, own }: Context<View>, call: Call): string | null {
  const word = call.text('variant');
  const named = word === undefined ? undefined : suite.name_today(word);
  if (named !== undefined && own !== null)
    throw new CallError('--variant and --implementation: one or the other, not both');
  const name = named ?? own;
  return name === null ? null : known('variant', name, suite.variants).name;
}

/** The implementations that a call names, and the user's own if there is one; without either, all. */
export function variants_of<View>({ suite, own }: Context<View>, { words }: Call): string[] {
  const named = words.map((word) => suite.name_today(word));
  const names = own === null ? named : [...named, own];
  for (const name of names) known('variant', name, suite.variants);
  return names.length > 0 ? [...new Set(names)] : [...suite.variants.keys()];
}

/** The seed that a call names. A word that begins with a dash is no seed: SEED:CASE would be taken for an option. */
export function seed_flag(call: Call): string | undefined {
  const seed = call.text('seed');
  // What is printed of it must be the same text: whoever copies it gets the same programs.
  if (seed === undefined || (/^[^-\t][^\t]{0,199}$/u.test(seed) && quoted_line(seed) === seed)) return seed;
  throw new CallError(`--seed "${seed.slice(0, 200)}" is no name: wanted one like main`);
}

/** Throws a CallError if both of these flags are given. */
export function not_both(call: Call, one: string, other: string): void {
  const given = (name: string) => call.flag(name) || call.text(name) !== undefined;
  if (given(one) && given(other)) throw new CallError(`--${one} and --${other}: one or the other, not both`);
}

/** Ends with the terminal's signal, or at this moment, in milliseconds since 1970. */
export const stop_at = ({ signal, now }: Terminal, until: number): { readonly aborted: boolean } => ({
  get aborted() {
    return signal.aborted || now() >= until;
  },
});

/** The most that `--transitions` takes. */
export const MAX_TRANSITIONS = 10_000_000_000;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };
const LONGEST_TIME = 7 * 24 * 3600;

/** A flag's text as seconds (`30s`, `5m`, `2h`); null where the flag is not given. */
export function time_flag(call: Call, name: string): number | null {
  const text = call.text(name);
  if (text === undefined) return null;
  const [, amount = '', unit = ''] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text) ?? [];
  const seconds = Number(amount) * (UNITS[unit] ?? Number.NaN);
  if (seconds > 0 && seconds <= LONGEST_TIME) return seconds;
  throw new CallError(`--${name} ${text} is not a time like 30s, 5m or 2h, of a week at most`);
}
