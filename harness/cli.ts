import { type ParseArgsConfig, parseArgs } from 'node:util';
import { CallError, known } from './errors';

/** Where a command of the command line writes to. Nothing else of it reaches the terminal. */
export interface Terminal {
  out(line: string): void;
  err(line: string): void;
  /** Milliseconds, for durations only. */
  now(): number;
}

/** One command of the command line. */
export interface CliCommand {
  readonly usage: string;
  readonly doc: string;
  readonly options: NonNullable<ParseArgsConfig['options']>;
  /** The exit code: 0 all as expected, 1 not. Throws a CallError for a wrong call (exit code 2). */
  run(call: Call, terminal: Terminal): Promise<number>;
}

export interface Call {
  readonly words: readonly string[];
  flag(name: string): boolean;
  text(name: string): string | undefined;
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
  terminal: Terminal,
): Promise<number> {
  const [name = '', ...rest] = argv;
  try {
    const command = known('command', name, commands);
    return await command.run(parse(name, command, rest), terminal);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    terminal.err(error.message);
    return 2;
  }
}

function parse(name: string, { options, usage }: CliCommand, argv: readonly string[]): Call {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    return {
      words: positionals,
      flag: (key) => values[key] === true,
      text: (key) => (typeof values[key] === 'string' ? values[key] : undefined),
    };
  } catch (error) {
    const [what] = (error as Error).message.split('. ');
    throw new CallError(`${name}: ${what}; usage: ${usage}`);
  }
}
