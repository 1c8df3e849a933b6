/**
 * What a run finds is kept on the disk as it comes: nothing can be printed by a process that is killed. A run that has told all
 * it has found leaves nothing; of one that has not, the next call of the same command says what it was, and where it is.
 */
import { randomUUID } from 'node:crypto';
import {
  closeSync,
  constants,
  fdatasyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { CallError } from '../errors';
import { make_folder } from '../files/folder';
import { data_in, read_text } from '../files/read';
import { check_new } from '../files/save';
import { claim } from './claim';
import type { Ledger } from './ledger';
import { lives, MYSELF } from './whose';

/** What is needed of the command line's terminal. */
interface Terminal {
  err(line: string): void;
  now(): number;
  readonly cache?: string;
}

/** Something that was found. A line of a journal, after the first. */
export interface Entry {
  /** The implementation or the kernel that does it. */
  readonly variant: string;
  readonly property: string;
  /** SEED:CASE of the program that did; null if none of the search did. */
  readonly case: string | null;
  /** Its commands, if it is shrunk already. */
  readonly program: readonly string[] | null;
  /** Whether it is known of this implementation or kernel. */
  readonly expected: boolean;
}

export interface Journal {
  /** It is on the disk when this returns. */
  keep(entry: Entry): void;
  /** All that is in it is on the terminal now. */
  told(): void;
  /** How far the run has come, for another that goes on; null if none can. */
  readonly progress: Progress | null;
}

/** The part of a journal in which a run notes how far it has come. */
export interface Progress {
  readonly file: string;
  /** Whether a run before this one has left it: then go_on() comes before anything is kept or noted. */
  readonly left: boolean;
  /** Goes on behind the first `bytes` of it. Throws a CallError if it cannot be written. */
  go_on(bytes: number): void;
  /** It is on the disk when this returns. */
  note(fields: object): void;
}

/** A journal that its run closes. */
export interface OpenJournal extends Journal {
  /** One that nobody has named goes, unless it has what nobody was told. */
  close(): void;
}

/** Of commands that find nothing. */
export const NO_JOURNAL: OpenJournal = { keep: () => {}, told: () => {}, progress: null, close: () => {} };

/** The version of the form: up where a field goes, or means something else. */
const VERSION = 1;
const SHORT = 500;
/** More is no list that anybody reads, and a longer program none that is shrunk. */
const ENTRIES_AT_MOST = 10_000;
const BYTES_AT_MOST = 8 * 2 ** 20;
const COMMANDS_AT_MOST = 100;
/** So many findings are told in the line about a run that was killed. */
const TOLD_AT_MOST = 3;

const text = z.string().max(SHORT + 1);
export const HEAD = z.object({ version: z.literal(VERSION), call: z.array(text).max(100) });
export const ENTRY = z.object({
  version: z.literal(VERSION),
  variant: text,
  property: text,
  case: text.nullable(),
  program: z.array(text).max(COMMANDS_AT_MOST).nullable(),
  expected: z.boolean(),
});

const short = (word: string): string => (word.length > SHORT ? `${word.slice(0, SHORT)}…` : word);
export const line_of = (fields: object): string => `${JSON.stringify({ version: VERSION, ...fields })}\n`;

function entry_line({ variant, property, program, expected, case: index }: Entry): string {
  const whole = program !== null && program.length <= COMMANDS_AT_MOST ? program.map(short) : null;
  const where = index === null ? null : short(index);
  return line_of({ variant: short(variant), property: short(property), case: where, program: whole, expected });
}

/**
 * The journal of a call. What one of the same command was killed with is told first. `named`: the file that the user wants it in,
 * which is made at once; a CallError if that cannot be, or another process writes it. Otherwise there is a file when there is
 * something to be kept.
 * `goes_on`: whether the command can go on from a file that a run before it has left.
 */
export function open_journal(
  argv: readonly string[],
  named: string | undefined,
  terminal: Terminal,
  ledger: Ledger,
  goes_on = false,
): OpenJournal {
  const [command = ''] = argv;
  const folder = terminal.cache === undefined ? null : join(terminal.cache, 'journals');
  if (folder !== null) tell_of_the_dead(folder, command, terminal);
  if (named === '') throw new CallError('--journal "" names no file');
  if (named !== undefined && !(goes_on && is_file(named))) check_new(resolve(named));
  const release = named === undefined ? null : claim(named);
  // Another process may have made it before it was claimed.
  const left = goes_on && named !== undefined && is_file(named);
  const { pid, start, place } = MYSELF;
  const file = named ?? (folder && join(folder, `${command}.${pid}.${start}.${place}.${randomUUID()}.jsonl`));
  let handle: number | null = null;
  let failed = file === null;
  let entries = 0;
  let bytes = 0;
  let untold = false;

  const failing = (error: unknown) => {
    failed = true;
    const line = `cannot write the journal ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`;
    // What somebody asked for is missing; what nobody asked for is not missed unless the process is killed.
    if (named !== undefined) ledger.doubt(line);
    else terminal.err(line);
  };
  const open = () => {
    if (file === null) return;
    if (folder !== null && named === undefined) make_folder(folder);
    handle = openSync(file, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL, 0o600);
    write(head_line());
  };
  const head_line = () => line_of({ call: argv.slice(0, 100).map(short), began_ms: Math.round(terminal.now()) });
  const write = (line: string) => {
    if (handle === null) return;
    let rest = Buffer.from(line);
    while (rest.length > 0) rest = rest.subarray(writeSync(handle, rest));
    fdatasyncSync(handle);
  };
  const must_write = (work: () => void) => {
    try {
      work();
    } catch (error) {
      throw new CallError(`cannot write ${named}: ${(error as NodeJS.ErrnoException).code ?? error}`);
    }
  };
  try {
    if (named !== undefined && !left) must_write(open);
  } catch (error) {
    release?.();
    throw error;
  }
  const progress_in = (there: string): Progress => ({
    file: there,
    left,
    go_on(to) {
      must_write(() => {
        handle = openSync(there, constants.O_RDWR | constants.O_APPEND | constants.O_NOFOLLOW);
        // What was torn when the run was killed goes.
        ftruncateSync(handle, to);
        if (to === 0) write(head_line());
      });
    },
    note(fields) {
      if (failed) return;
      try {
        write(line_of(fields));
      } catch (error) {
        failing(error);
      }
    },
  });
  return {
    progress: goes_on && named !== undefined ? progress_in(named) : null,
    keep(entry) {
      untold = true;
      const line = entry_line(entry);
      bytes += line.length;
      if (failed || ++entries > ENTRIES_AT_MOST || bytes > BYTES_AT_MOST) return;
      try {
        if (handle === null) open();
        write(line);
      } catch (error) {
        failing(error);
      }
    },
    told() {
      untold = false;
    },
    close() {
      if (handle !== null) closeSync(handle);
      release?.();
      if (handle === null || file === null || named !== undefined) return;
      handle = null;
      if (!untold) rmSync(file, { force: true });
      else terminal.err(`findings that were not printed are in ${file}`);
    },
  };
}

/** COMMAND, process, when that began, and where that is. */
const NAME = /^([a-z]+)\.(\d{1,10})\.(\d{1,20})\.([\da-f]{8})\.[\da-f-]{36}\.jsonl$/;
const TOLD = '.told';
/** Nobody knows whether a process of another machine or container lives; none is this old. */
const LONGEST_RUN = 8 * 24 * 3600 * 1000;

/** Says what runs have found of which nobody was told, since they were killed. Each is told once, and kept until the next. */
function tell_of_the_dead(folder: string, command: string, terminal: Terminal): void {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.startsWith(`${command}.`));
  } catch {
    return;
  }
  const dead = names.filter((name) => is_dead(join(folder, name), name, terminal.now()));
  if (dead.length === 0) return;
  for (const name of names) if (name.endsWith(TOLD)) rmSync(join(folder, name), { force: true });
  for (const name of dead) {
    const file = join(folder, `${name}${TOLD}`);
    try {
      // Of two calls at once, one has it.
      renameSync(join(folder, name), file);
    } catch {
      continue;
    }
    terminal.err(line_about(command, file));
  }
}

function is_dead(file: string, name: string, now: number): boolean {
  const [, , pid = '', start = '', place = ''] = NAME.exec(name) ?? [];
  if (pid === '') return false;
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (!stats?.isFile()) return false;
  return !(lives({ pid: Number(pid), start, place }) ?? now - stats.mtimeMs <= LONGEST_RUN);
}

const is_file = (file: string): boolean => {
  try {
    return lstatSync(file).isFile();
  } catch {
    return false;
  }
};

/** One line: what was found, what of it is not known already first; and the file. */
function line_about(command: string, file: string): string {
  let call = command;
  const found = new Map<string, { readonly expected: boolean; readonly text: string }>();
  try {
    const [head = '', ...lines] = read_text(file).split('\n');
    call = data_in(HEAD, head)?.call.join(' ') ?? command;
    for (const line of lines.slice(0, ENTRIES_AT_MOST)) {
      const entry = data_in(ENTRY, line);
      // The last line may be torn.
      if (entry === null) continue;
      const { variant, property, expected, program, case: index } = entry;
      const where = [index, program?.join('; ')].filter((word) => word).join(': ');
      // What is shrunk comes later than what was seen first.
      found.set(`${variant}\n${property}`, {
        expected,
        text: `${variant} violates ${property}${where && ` (${short(where)})`}`,
      });
    }
  } catch {
    return `a run before this one (${call}) was ended before it could print its findings; they are in ${file}`;
  }
  const fresh = [...found.values()].filter(({ expected }) => !expected);
  const expected = found.size - fresh.length;
  const texts = fresh.slice(0, TOLD_AT_MOST).map((one) => one.text);
  if (fresh.length > texts.length) texts.push(`${fresh.length - texts.length} more`);
  if (expected > 0) texts.push(`${expected} that ${expected === 1 ? 'is' : 'are'} known`);
  const what = texts.length > 0 ? texts.join('; ') : 'nothing';
  return `a run before this one (${short(call)}) was ended before it could print what it had found: ${what}; all of it: ${file}`;
}
