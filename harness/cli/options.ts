/** What the options of a command are: each is declared once, for the parser and for the help. */
import type { ParseArgsConfig } from 'node:util';

/** One option. */
export interface Option {
  /** What follows it, as the help shows it (`N`, `FILE`); missing: nothing follows. */
  readonly value?: string;
  /** What is taken where it is not given, in words; missing: nothing. */
  readonly fallback?: string;
  /** One line. */
  readonly help: string;
  /** Shown after those of every day. */
  readonly more?: true;
  /** The call writes the file that it names: no other option or word may name the same one. */
  readonly writes?: true;
}
export type Options = Readonly<Record<string, Option>>;

/** The shape that node's parser wants. */
export const parser_options = (options: Options): NonNullable<ParseArgsConfig['options']> =>
  Object.fromEntries(
    Object.entries(options).map(([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }]),
  );

/** Options of several commands. */
export const SHARED = {
  implementation: { value: 'FILE.ts', help: 'your own implementation, beside those of the project' },
  seed: { value: 'S', fallback: 'a new one; in CI the commit', help: 'which random programs' },
  journal: {
    value: 'FILE',
    fallback: 'a file in the cache',
    help: 'where findings are kept as they come, should the run be killed',
    more: true,
    writes: true,
  },
  shard: {
    value: 'I/N|auto',
    help: 'a part of it for merge, with --json: the I-th of N; auto asks the scheduler',
    more: true,
  },
  json: { help: 'one JSON object a line on stdout, and nothing else', more: true },
} as const satisfies Options;

/** Lines of the help are not longer, where they can be broken. */
const COLUMNS = 100;

/** The help of a command: its call, what it does, and its options in two groups. */
export function help_of(name: string, words: string, doc: string, options: Options): string[] {
  const shown = Object.entries(options).map(([option, { value, ...rest }]) => {
    return { call: `--${option}${value === undefined ? '' : ` ${value}`}`, ...rest };
  });
  const width = Math.max(0, ...shown.map(({ call }) => call.length));
  const group = (title: string, more: boolean) => {
    const lines = shown
      .filter((one) => (one.more ?? false) === more)
      .flatMap(({ call, help, fallback }) => {
        const line = `  ${call.padEnd(width)}  ${help}`;
        const told = fallback === undefined ? '' : ` (default: ${fallback})`;
        // What does not fit has a line of its own, under the help.
        if (line.length + told.length <= COLUMNS) return [line + told];
        return told ? [line, ' '.repeat(width + 3) + told] : [line];
      });
    return lines.length > 0 ? ['', title, ...lines] : [];
  };
  return [
    [name, words].filter((word) => word).join(' '),
    `    ${doc}`,
    ...group('options', false),
    ...group('more', true),
  ];
}
