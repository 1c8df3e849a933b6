/** Mutants that change nothing that a property could see, each with its reason (equivalents.json in this folder). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { read_json } from '../harness/files/read';

const FILE = z.strictObject({
  equivalent: z.array(
    z.strictObject({
      file: z.string().describe('In models/kernel.'),
      code: z.string().describe('A piece of the file that occurs once in it; lines and indentation do not count.'),
      original: z
        .string()
        .optional()
        .describe('The part of `code` that is mutated; it occurs there once. All of `code` if missing.'),
      mutator: z.string().describe("Stryker's name for the kind of mutation."),
      replacements: z.array(z.string()).min(1).describe('The texts that replace it.'),
      why: z.string().min(1),
    }),
  ),
});
export type Equivalent = z.infer<typeof FILE>['equivalent'][number];

export const KERNEL = 'models/kernel';
const root = join(__dirname, '..');

/** Reads the list. Throws a CallError if the file does not have this shape. */
export const read_equivalents = (): readonly Equivalent[] =>
  read_json(join(__dirname, 'equivalents.json'), FILE).equivalent;

/** The source of a file in models/kernel. */
export const source_of = (file: string): string => readFileSync(join(root, KERNEL, file), 'utf8');

/** A text without white space, and for each remaining letter its index in the text. */
function squeezed(text: string): { letters: string; at: number[] } {
  const at = [...text].flatMap((letter, i) => (/\s/.test(letter) ? [] : [i]));
  return { letters: at.map((i) => text[i]).join(''), at };
}

/** The first and last index of a piece of code in a text, ignoring white space; null unless it occurs exactly once. */
function only_place(text: string, piece: string): readonly [number, number] | null {
  const { letters, at } = squeezed(text);
  const wanted = squeezed(piece).letters;
  const first = letters.indexOf(wanted);
  if (wanted === '' || first < 0 || letters.indexOf(wanted, first + 1) >= 0) return null;
  return [at[first] as number, at[first + wanted.length - 1] as number];
}

/** The first and last index of an entry's mutants in the source; null if the entry does not name exactly one place. */
export function place_of({ code, original }: Equivalent, source: string): readonly [number, number] | null {
  const piece = only_place(source, code);
  if (!piece || original === undefined) return piece;
  const [from, to] = piece;
  const inner = only_place(source.slice(from, to + 1), original);
  return inner && [from + inner[0], from + inner[1]];
}

/** A mutant of Stryker's report, with its first and last index in the source. */
export interface Place {
  readonly mutator: string;
  readonly replacement: string;
  readonly first: number;
  readonly last: number;
}

/** Whether an entry names this mutant of its file. */
export function names(entry: Equivalent, source: string, mutant: Place): boolean {
  if (entry.mutator !== mutant.mutator) return false;
  const place = place_of(entry, source);
  if (place?.[0] !== mutant.first || place[1] !== mutant.last) return false;
  const { letters } = squeezed(mutant.replacement);
  return entry.replacements.some((text) => squeezed(text).letters === letters);
}
