import { CallError } from '../errors';
import { did_you_mean, known_names } from '../nearest';
import type { ArgValue, Bounds, Command, Program } from './command';

/** A text that is no command. `word`: the number of the word that is wrong, 0 for the name; null if something is missing. */
export class WrongCommand extends CallError {
  constructor(
    message: string,
    readonly word: number | null,
  ) {
    super(message);
  }
}

/** The definitions of commands, by their current name. */
export type Specs = ReadonlyMap<
  string,
  {
    readonly args: Readonly<Record<string, import('./command').ArgSpec>>;
    /** The original name of the command. Texts may use it, and digests are computed with it. */
    readonly first_name?: string | undefined;
  }
>;

/** `name key=value …`: arguments in the order of the definition, without those that have their fallback value. */
export function command_text(specs: Specs, command: Command, name = command.name): string {
  const words = [name];
  for (const [key, spec] of Object.entries(specs.get(command.name)?.args ?? {})) {
    const value = command.args[key];
    if (value !== undefined && value !== spec.fallback) words.push(`${key}=${value}`);
  }
  return words.join(' ');
}

/** The text of each command. */
export function program_texts(specs: Specs, program: Program): string[] {
  return program.map((command) => command_text(specs, command));
}

/** The texts with the original names. They never change, so digests are computed from them. */
export function canonical_texts(specs: Specs, program: Program): string[] {
  return program.map((command) => command_text(specs, command, specs.get(command.name)?.first_name));
}

/** Reads one command by its current or original name. Throws a WrongCommand, a CallError that names the bad word and the known ones. */
export function parse_command(specs: Specs, bounds: Bounds, text: string): Command {
  const [word = '', ...words] = text.trim().split(/\s+/);
  const name = command_today(specs, word);
  const spec = specs.get(name);
  if (!spec) {
    const names = [...specs.keys()].sort();
    throw new WrongCommand(`no command "${name}"${known_names(name, names)}`, 0);
  }
  const args: Record<string, ArgValue> = {};
  for (const [i, word] of words.entries()) {
    const [key = '', value, ...rest] = word.split('=');
    const arg = Object.hasOwn(spec.args, key) ? spec.args[key] : undefined;
    if (!arg || value === undefined || rest.length > 0) {
      const known = Object.keys(spec.args).map((known_key) => `${known_key}=…`);
      throw new WrongCommand(
        `"${text}": no argument "${word}"; ${name} takes ${known.join(' ') || 'none'}${did_you_mean(key, Object.keys(spec.args))}`,
        i + 1,
      );
    }
    if (Object.hasOwn(args, key)) throw new WrongCommand(`"${text}": ${key} is given twice`, i + 1);
    const parsed = arg.parse(value, bounds);
    if (typeof parsed === 'string' && parsed.startsWith('!')) {
      throw new WrongCommand(`"${text}": ${key}=${value} is not ${parsed.slice(1)}`, i + 1);
    }
    args[key] = parsed;
  }
  for (const [key, arg] of Object.entries(spec.args)) {
    if (Object.hasOwn(args, key)) continue;
    if (arg.fallback === undefined) throw new WrongCommand(`"${text}": ${name} lacks ${key}=…`, null);
    args[key] = arg.fallback;
  }
  return in_shape(specs, { name, args });
}

/** The current name of a command. */
export function command_today(specs: Specs, word: string): string {
  for (const [name, { first_name }] of specs) if (first_name === word) return name;
  return word;
}

/**
 * The same command in the object shape of command_at(): arguments in the order of the definition, and interned strings.
 * The meaning stays the same, but V8 does not have to recompile the models for commands from a file or another thread.
 */
export function in_shape(specs: Specs, { name, args }: Command): Command {
  const keys = Object.keys(specs.get(name)?.args ?? args);
  const values = keys.map((key): [string, ArgValue] => {
    const value = args[key] as ArgValue;
    return [key, typeof value === 'string' ? as_key(value) : value];
  });
  return { name: as_key(name), args: Object.fromEntries(values) };
}

/** Interns a string: V8 keeps each key of an object only once. */
const as_key = (word: string): string => Object.keys({ [word]: true })[0] as string;

/** Reads one command from each text. Throws a CallError for the first that is wrong. */
export function parse_program(specs: Specs, bounds: Bounds, texts: readonly string[]): Command[] {
  return texts.map((text) => parse_command(specs, bounds, text));
}

/** A program on one line. */
export function one_line({ commands }: { readonly commands: Specs }, program: Program): string {
  return program_texts(commands, program).join('; ');
}
