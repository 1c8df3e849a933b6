import { CallError } from '../errors';
import type { ArgValue, Bounds, Command, Program } from './command';

export type Specs = ReadonlyMap<
  string,
  {
    readonly args: Readonly<Record<string, import('./command').ArgSpec>>;
    /** The name that the command had first. Texts may use it, and digests are taken over it. */
    readonly first_name?: string;
  }
>;

/** `name key=value …`, arguments in the order of the definition, those at their fallback left out. */
export function command_text(specs: Specs, command: Command, name = command.name): string {
  const words = [name];
  for (const [key, spec] of Object.entries(specs.get(command.name)?.args ?? {})) {
    const value = command.args[key];
    if (value !== undefined && value !== spec.fallback) words.push(`${key}=${value}`);
  }
  return words.join(' ');
}

export function program_texts(specs: Specs, program: Program): string[] {
  return program.map((command) => command_text(specs, command));
}

/** The same in the one spelling that never changes, for digests. */
export function canonical_texts(specs: Specs, program: Program): string[] {
  return program.map((command) => command_text(specs, command, specs.get(command.name)?.first_name));
}

/** Reads one command, by its name of today or its first. Throws a CallError that names the bad word and the known ones. */
export function parse_command(specs: Specs, bounds: Bounds, text: string): Command {
  const [word = '', ...words] = text.trim().split(/\s+/);
  const name = name_today(specs, word);
  const spec = specs.get(name);
  if (!spec) throw new CallError(`no command "${name}"; known: ${[...specs.keys()].sort().join(', ')}`);
  const args: Record<string, ArgValue> = {};
  for (const word of words) {
    const [key = '', value, ...rest] = word.split('=');
    const arg = Object.hasOwn(spec.args, key) ? spec.args[key] : undefined;
    if (!arg || value === undefined || rest.length > 0) {
      const known = Object.keys(spec.args).map((known_key) => `${known_key}=…`);
      throw new CallError(`"${text}": no argument "${word}"; ${name} takes ${known.join(' ') || 'none'}`);
    }
    if (Object.hasOwn(args, key)) throw new CallError(`"${text}": ${key} is given twice`);
    const parsed = arg.parse(value, bounds);
    if (typeof parsed === 'string' && parsed.startsWith('!')) {
      throw new CallError(`"${text}": ${key}=${value} is not ${parsed.slice(1)}`);
    }
    args[key] = parsed;
  }
  for (const [key, arg] of Object.entries(spec.args)) {
    if (Object.hasOwn(args, key)) continue;
    if (arg.fallback === undefined) throw new CallError(`"${text}": ${name} lacks ${key}=…`);
    args[key] = arg.fallback;
  }
  return in_shape(specs, { name, args });
}

/** A command's name of today. */
export function name_today(specs: Specs, word: string): string {
  for (const [name, { first_name }] of specs) if (first_name === word) return name;
  return word;
}

/**
 * The same command in the shape that those of a space have (command_at()): arguments in the order of the definition, and words
 * that compare by their address. Nothing else comes of it but that V8 need not compile the models once more for commands
 * from elsewhere: a file, another thread.
 */
export function in_shape(specs: Specs, { name, args }: Command): Command {
  const keys = Object.keys(specs.get(name)?.args ?? args);
  const values = keys.map((key): [string, ArgValue] => {
    const value = args[key] as ArgValue;
    return [key, typeof value === 'string' ? as_key(value) : value];
  });
  return { name: as_key(name), args: Object.fromEntries(values) };
}

/** Keys of objects are kept once each. */
const as_key = (word: string): string => Object.keys({ [word]: true })[0] as string;

export function parse_program(specs: Specs, bounds: Bounds, texts: readonly string[]): Command[] {
  return texts.map((text) => parse_command(specs, bounds, text));
}

/** A program on one line. */
export function one_line({ commands }: { readonly commands: Specs }, program: Program): string {
  return program_texts(commands, program).join('; ');
}
