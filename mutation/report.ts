/** Evaluates Stryker's report without the mutants that change nothing. */
import { relative } from 'node:path';
import { z } from 'zod';
import { type Equivalent, KERNEL, names } from './equivalent';

const POSITION = z.object({ line: z.int(), column: z.int() });

/** The used part of the mutation testing report schema. */
export const REPORT = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.string(),
      mutants: z.array(
        z.object({
          mutatorName: z.string(),
          replacement: z.string(),
          location: z.object({ start: POSITION, end: POSITION }),
          status: z.string(),
        }),
      ),
    }),
  ),
});
export type Report = z.infer<typeof REPORT>;
type Mutant = Report['files'][string]['mutants'][number];

/** Counts of mutants, of one file or of all. A mutant that is not killed is `equivalent` or `survived`. */
export interface Tally {
  killed: number;
  equivalent: number;
  survived: number;
}

/** The evaluated report. */
export interface Judged {
  readonly files: ReadonlyMap<string, Tally>;
  readonly all: Tally;
  /** One line for each mutant that is neither killed nor in equivalents.json. */
  readonly survivors: readonly string[];
  /** One line for each entry whose mutant was killed, or that names no mutant of a file that was mutated. */
  readonly wrong: readonly string[];
}

const KILLED = ['Killed', 'Timeout'];
const ALIVE = ['Survived', 'NoCoverage'];

/** Evaluates a report against the list of equivalent mutants. */
export function judge_mutants(report: Report, equivalents: readonly Equivalent[]): Judged {
  const files = new Map<string, Tally>();
  const all: Tally = { killed: 0, equivalent: 0, survived: 0 };
  const survivors: string[] = [];
  const wrong: string[] = [];
  for (const [path, { source, mutants }] of Object.entries(report.files)) {
    const file = relative(KERNEL, path);
    const entries = equivalents.filter((entry) => entry.file === file);
    const used = new Map(entries.map((entry) => [entry, 0]));
    const tally: Tally = { killed: 0, equivalent: 0, survived: 0 };
    files.set(file, tally);
    const offsets = offsets_of(source);
    for (const mutant of mutants) {
      const entry = entries.find((one) => names(one, source, placed(mutant, offsets)));
      if (entry) used.set(entry, (used.get(entry) ?? 0) + 1);
      const text = line_of(file, source, mutant);
      if (KILLED.includes(mutant.status)) {
        tally.killed++;
        if (entry) wrong.push(`not equivalent, it was killed: ${text}`);
      } else if (ALIVE.includes(mutant.status)) {
        tally[entry ? 'equivalent' : 'survived']++;
        if (!entry) survivors.push(text);
      }
    }
    for (const [{ code, replacements }, n] of used) {
      if (n !== replacements.length) wrong.push(`${replacements.length} mutants named, ${n} found: ${file}: ${code}`);
    }
    for (const key of ['killed', 'equivalent', 'survived'] as const) all[key] += tally[key];
  }
  return { files, all, survivors, wrong };
}

/** The share of killed mutants among those that are not equivalent; 1 if there are none. */
export const score = ({ killed, survived }: Tally): number =>
  killed + survived === 0 ? 1 : killed / (killed + survived);

/** The index of each line's first letter. Lines count from 1. */
function offsets_of(source: string): number[] {
  const offsets = [0, 0];
  for (let i = 0; i < source.length; i++) if (source[i] === '\n') offsets.push(i + 1);
  return offsets;
}

function placed({ mutatorName, replacement, location: { start, end } }: Mutant, offsets: readonly number[]) {
  const offset = ({ line, column }: Mutant['location']['start']) => (offsets[line] ?? 0) + column - 1;
  return { mutator: mutatorName, replacement, first: offset(start), last: offset(end) - 1 };
}

function line_of(file: string, source: string, { mutatorName, replacement, location, status }: Mutant): string {
  const { line, column } = location.start;
  const text = source.split('\n')[line - 1]?.trim();
  return `${file}:${line}:${column} ${mutatorName} (${status}): ${text}  =>  ${replacement.replaceAll(/\s+/g, ' ')}`;
}
