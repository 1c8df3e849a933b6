/** What runs have printed as JSON, read for what they have searched and found. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { counted } from '../counted';
import { CallError } from '../errors';
import { json_in, lines_of } from '../files/read';
import type { Program } from '../program/command';
import { parse_program } from '../program/text';
import type { Suite } from '../suite';

/** A violation that a run has found. */
export interface Sighting {
  /** Which run: its number in the order of the files. */
  readonly run: number;
  /** What was tested: a variant, or what a kernel is judged by. */
  readonly subject: string;
  readonly kernel: string | null;
  readonly properties: readonly string[];
  /** The representative of all programs that are equal up to symmetry; empty for a rule, which has no program. */
  readonly program: Program;
  /** Whether no smaller program does it; null where nobody says. */
  readonly certified: boolean | null;
  /** Whether the variant declares it, or it is a known defect of the kernel. */
  readonly declared: boolean;
  readonly case: string | null;
  /** Programs that were run until it was found; null if they were not random. */
  readonly programs: number | null;
}

/** What a run has searched of a subject. */
export interface Searched {
  readonly run: number;
  /** At least so many random programs. */
  readonly programs: number;
  /** All programs of up to so many commands of an alphabet; null if that was not tried. */
  readonly exhausted: { readonly depth: number; readonly alphabet: string } | null;
}

/** All runs: by subject, in the order in which they come. */
export interface Runs {
  readonly files: readonly string[];
  readonly searched: ReadonlyMap<string, readonly Searched[]>;
  readonly sightings: readonly Sighting[];
}

const VERSION = z.literal(1);
const COUNT = z.int().min(0);
const NAME = z.string().min(1).max(500);
const TEXTS = z.array(z.string().max(10_000)).max(10_000);
const CHECK = z.object({
  version: VERSION,
  variant: NAME,
  property: NAME,
  expected: z.enum(['violates', 'conforms']),
  verdict: z.enum(['violates', 'conforms', 'untried']),
  program: TEXTS.nullable(),
  certified: z.boolean().nullable(),
  seed: NAME,
  case: COUNT.nullable(),
  programs: COUNT,
});
const RULE = z.object({ version: VERSION, variant: NAME, rule: NAME, verdict: z.literal('broken') });
const FREQUENCY = z.object({ version: VERSION, frequency: z.unknown() });
const EXPLORE = z.object({
  version: VERSION,
  variant: NAME,
  covered: COUNT,
  alphabet: z.string().max(100_000),
  commands: z.string().max(100_000).nullable(),
  broken: z.array(z.object({ property: NAME, program: TEXTS, certified: z.boolean() })),
  unexpected: z.array(NAME),
});
const LIVE = z.object({
  version: VERSION,
  kernel: NAME,
  contract: NAME,
  verdict: z.enum(['holds', 'flaky', 'violates']),
  property: NAME.nullable(),
  program: TEXTS.nullable(),
  known: NAME.nullable(),
  also: z.array(NAME),
  seed: NAME,
  case: COUNT.nullable(),
  programs: COUNT,
});
const ROW = z.union([CHECK, RULE, EXPLORE, LIVE, FREQUENCY.extend({ frequency: z.object({}).loose() })]);
const WANTED = 'wanted what check, explore or live prints with --json';
/** The last line of a run: how many come before it. */
const END = z.strictObject({ version: VERSION, end: COUNT });
const SHARD = z.object({ shard: z.unknown(), command: z.string() });

/** What a line adds: what was searched, and what was found. */
interface Said {
  readonly subject: string;
  readonly programs: number;
  readonly exhausted: Searched['exhausted'];
  readonly found: readonly (Omit<Sighting, 'run' | 'subject' | 'program'> & { readonly texts: readonly string[] })[];
}

function said(row: z.infer<typeof ROW>): Said | null {
  if ('frequency' in row) return null;
  if ('rule' in row) {
    const rule = { properties: [`rule ${row.rule}`], texts: [], certified: null, declared: false, case: null };
    return { subject: row.variant, programs: 0, exhausted: null, found: [{ ...rule, kernel: null, programs: null }] };
  }
  if ('broken' in row) {
    const { variant, covered, alphabet, commands, broken, unexpected } = row;
    const found = broken.map(({ property, program, certified }) => ({
      properties: [property],
      texts: program,
      certified,
      declared: !unexpected.includes(property),
      case: null,
      programs: null,
      kernel: null,
    }));
    return { subject: variant, programs: 0, exhausted: { depth: covered, alphabet: commands ?? alphabet }, found };
  }
  const at = row.case === null ? null : `${row.seed}:${row.case}`;
  const { program, programs } = row;
  if ('contract' in row) {
    const { kernel, contract, verdict, property, known, also } = row;
    const one = { texts: program ?? [], certified: null, declared: known !== null, case: at, programs, kernel };
    const is_found = verdict === 'violates' && property !== null && program !== null;
    const found = is_found ? [{ ...one, properties: [property, ...also] }] : [];
    return { subject: contract, programs, exhausted: null, found };
  }
  const { variant, property, expected, certified, verdict } = row;
  const one = {
    properties: [property],
    certified,
    declared: expected === 'violates',
    case: at,
    programs,
    kernel: null,
  };
  const found = verdict === 'violates' && program ? [{ ...one, texts: program }] : [];
  return { subject: variant, programs, exhausted: null, found };
}

/** Reads runs, in the order of time. Throws a CallError that names the file and the line if it is no run's JSON, or not all of it. */
export async function read_runs<View>(
  suite: Suite<View>,
  files: readonly string[],
  signal: AbortSignal,
): Promise<Runs> {
  const searched = new Map<string, Searched[]>();
  const sightings: Sighting[] = [];
  const digests = new Map<string, string>();
  for (const [run, file] of files.entries()) {
    let lines = 0;
    let end: number | null = null;
    const digest = createHash('sha256');
    for await (const { text, number } of lines_of(file, signal)) {
      if (text === '') continue;
      const at = `${file}:${number}`;
      if (end !== null) throw new CallError(`${at}: the run has ended before this line; is it two files in one?`);
      digest.update(`${text}\n`);
      const data = json_in(text, `${at}: the line is torn, or no JSON: ${WANTED}`);
      end = END.safeParse(data).data?.end ?? null;
      if (end !== null) continue;
      lines++;
      const one = said(row_of(at, data));
      if (one === null) continue;
      const subject = suite.name_today(one.subject);
      // A run that had time for nothing has tested nothing.
      if (one.programs > 0 || one.exhausted !== null || one.found.length > 0)
        note(searched, subject, { run, programs: one.programs, exhausted: one.exhausted });
      for (const { texts, properties, ...rest } of one.found) {
        const program = suite.canonical(program_of(suite, at, texts));
        sightings.push({
          ...rest,
          run,
          subject,
          program,
          properties: properties.map((name) => suite.name_today(name)),
        });
      }
    }
    if (end === null && lines === 0) throw new CallError(`${file} is empty: ${WANTED}`);
    if (end === null) throw new CallError(`${file} is not complete: the run was ended before it was done`);
    if (end !== lines)
      throw new CallError(
        `${file} is not complete: its last line counts ${counted(end, 'line')}, and there are ${lines}`,
      );
    const sum = digest.digest('hex');
    const twin = digests.get(sum);
    if (twin !== undefined) throw new CallError(`${twin} and ${file} are one run: wanted each once`);
    digests.set(sum, file);
  }
  return { files, searched, sightings };
}

function row_of(at: string, data: unknown): z.infer<typeof ROW> {
  const row = ROW.safeParse(data);
  if (row.success) return row.data;
  if (SHARD.safeParse(data).success) throw new CallError(`${at} is a shard's: wanted what merge makes of all, --json`);
  throw new CallError(`${at} is no line that check, explore or live prints with --json`);
}

function program_of<View>({ commands, bounds }: Suite<View>, at: string, texts: readonly string[]): Program {
  try {
    return parse_program(commands, bounds, texts);
  } catch (error) {
    if (error instanceof CallError) throw new CallError(`${at}: ${error.message}`);
    throw error;
  }
}

/** Adds a line to what its run has searched of the subject. */
function note(all: Map<string, Searched[]>, subject: string, { run, programs, exhausted }: Searched): void {
  const of_subject = all.get(subject) ?? [];
  all.set(subject, of_subject);
  const last = of_subject.at(-1);
  if (last?.run !== run) {
    of_subject.push({ run, programs, exhausted });
    return;
  }
  of_subject[of_subject.length - 1] = {
    run,
    programs: Math.max(last.programs, programs),
    exhausted: exhausted ?? last.exhausted,
  };
}
