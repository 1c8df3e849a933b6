import { type MatrixRow, type MatrixWanted, matrix, median_and_worst } from '../campaign/matrix';
import { counted } from '../counted';
import { CallError, known } from '../errors';
import { did_you_mean } from '../nearest';
import { new_pace } from '../pace';
import { one_line, program_texts } from '../program/text';
import { row_in, row_texts } from '../shard/counterexample';
import type { Part, PartWriter } from '../shard/part';
import { in_share, type Share, share_text } from '../shard/share';
import type { Suite } from '../suite';
import { CI_OPTIONS, open_delivery } from './ci/deliver';
import type { Verdict } from './ci/verdict';
import { type Call, type CliCommand, EXIT, number_flag, type Open, type Terminal } from './cli';
import type { Journal } from './journal';
import { json_line } from './json_line';
import { keep_violation } from './keep';
import type { Ledger } from './ledger';
import { type Options, SHARED } from './options';
import { tell_pictures } from './pictures';
import { open_part, shard_done, shard_interrupted, share_flag } from './shard';
import { table } from './table';
import { with_pool } from './with_pool';

const DEFAULT_SEEDS = 20;
const MOST_SEEDS = 1000;
const DEFAULT_CASES = 5000;
const MOST_CASES = 1_000_000;
/** A search for a certificate goes this far: further than one of `check`. */
const TRANSITIONS = 4_000_000;
const CERTIFY = ['first', 'all', 'none'] as const;

/** `matrix`: which property catches which defect, each property run alone, and how soon. */
export function matrix_command<View>(open: Open<View>): CliCommand {
  const options = {
    seeds: { value: 'N', fallback: String(DEFAULT_SEEDS), help: 'searches of each variant' },
    cases: { value: 'N', fallback: String(DEFAULT_CASES), help: 'the most programs of a search' },
    implementation: SHARED.implementation,
    certify: { value: CERTIFY.join('|'), fallback: 'first', help: 'whose programs are proven minimal', more: true },
    markdown: { help: 'the table as Markdown: properties by variants', more: true },
    ...CI_OPTIONS,
    journal: SHARED.journal,
    shard: SHARED.shard,
    json: SHARED.json,
  } as const satisfies Options;
  return {
    words: '[variant…]',
    doc: 'which property catches which defect, and after how many programs: median and worst over N seeds',
    options,
    async run(call, terminal, ledger, journal) {
      const context = await open(call);
      const { suite, new_pool, own } = context;
      const named = call.words.map((word) => suite.name_today(word));
      for (const name of named) known('variant', name, suite.variants);
      const defects = [...suite.variants.values()].filter(({ violates }) => violates.length > 0);
      const asked = own === null ? named : [...named, own];
      const variants = asked.length > 0 ? [...new Set(asked)] : defects.map(({ name }) => name);
      const conforming = variants.find((name) => name !== own && suite.variants.get(name)?.violates.length === 0);
      if (conforming !== undefined) {
        throw new CallError(
          `${conforming} conforms: a matrix is of defects (${defects.map(({ name }) => name).join(', ')})`,
        );
      }
      const count = number_flag(call, 'seeds', 1, MOST_SEEDS, DEFAULT_SEEDS);
      const cases = number_flag(call, 'cases', 1, MOST_CASES, DEFAULT_CASES);
      const certify = certify_of(call);
      const [json, markdown] = [call.flag('json'), call.flag('markdown')];
      if (json && markdown) throw new CallError('--json and --markdown: one or the other, not both');
      const share = share_flag(call, terminal);
      const delivery = open_delivery(call, terminal);
      const say = json || markdown || delivery.ktap ? terminal.err : terminal.out;
      const mine = share ? in_share(variants, share) : variants;
      const shard = share ? `shard ${share_text(share)}, ${mine.length} of ` : '';
      say(
        `matrix: ${shard}${counted(variants.length, 'variant')}, ${counted(count, 'seed')}, up to ${cases} programs each`,
      );
      const part = share && open_part('matrix', options, call, context, null, share, terminal);

      let told = '';
      let left = '';
      const pace = new_pace(terminal.now);
      const wanted: MatrixWanted = {
        variants: mine,
        seeds: Array.from({ length: count }, (_, nth) => `matrix-${nth + 1}`),
        cases,
        certify,
        transitions: TRANSITIONS,
        progress: (text, phase, done, of) => {
          told = text;
          left = pace(phase, done, of);
        },
        caught: (variant, property, found) => {
          keep_violation(journal, suite, { variant, property, ...found }, null);
        },
        proven: (variant, { property, program }, found) => {
          keep_violation(journal, suite, { variant, property, ...found }, program);
        },
        stopped: () => terminal.signal.aborted,
      };
      const { parts } = call;
      const rows = await with_pool(
        new_pool,
        terminal,
        ledger,
        async (pool) => {
          const rows = parts
            ? variants.map((name, i) => row_in(suite, parts[i % parts.length] as Part, name))
            : await matrix(suite, pool, wanted);
          terminal.audience?.matrix(rows, count);
          const found = rows.flatMap(({ variant, caught_by }) =>
            [...caught_by.values()].flatMap(({ shortest }) =>
              shortest ? [{ variant, program: shortest.program }] : [],
            ),
          );
          await tell_pictures(terminal, pool, own, found);
          return rows;
        },
        () => told,
        () => left,
      );
      // A shard of few variants may have none of them.
      if (!share || mine.length > 0) {
        ledger.ask('rows', mine.length);
        ledger.done('rows', rows.length);
      }
      if (share && part) return end_share(suite, rows, share, part, terminal, ledger, journal);
      const whole = defects.every(({ name }) => variants.includes(name));
      if (json) for (const row of rows) terminal.out(json_line(json_of(suite, row)));
      else {
        const print = delivery.ktap ? terminal.err : terminal.out;
        for (const line of markdown ? markdown_of(suite, rows) : matrix_report(suite, rows, terminal.columns))
          print(line);
      }
      journal.told();
      if (terminal.signal.aborted) {
        say('interrupted: these are the seeds that were complete');
        return EXIT.interrupted;
      }
      const idle = whole ? idle_in(suite, rows) : [];
      const wrong = wrong_in(suite, rows, idle);
      for (const [name, why] of idle) if (why) say(`KEPT      ${name} catches nothing: ${why}`);
      for (const line of wrong) say(line);
      delivery.tell(matrix_verdicts(suite, rows, wrong));
      return wrong.length === 0 ? EXIT.good : EXIT.bad;
    },
  };
}

/** What a shard has found is judged by `merge`, which sees all rows. */
function end_share<View>(
  suite: Suite<View>,
  rows: readonly MatrixRow[],
  share: Share,
  part: PartWriter,
  terminal: Terminal,
  ledger: Ledger,
  journal: Journal,
): number {
  journal.told();
  if (terminal.signal.aborted) return shard_interrupted(terminal);
  for (const row of rows) part.keep(row.variant, row_texts(suite, row));
  ledger.ask('shards', 1);
  ledger.done('shards', 1);
  return shard_done(share, part, terminal);
}

/** A verdict for each variant and property that catches it, and one for each thing that is wrong. */
function matrix_verdicts<View>(
  { variants }: Suite<View>,
  rows: readonly MatrixRow[],
  wrong: readonly string[],
): Verdict[] {
  const caught = rows.flatMap(({ variant, caught_by }) => {
    const why = `${variant} (${variants.get(variant)?.source ?? 'your own'})`;
    return [...caught_by.keys()].map((name): Verdict => ({ group: variant, name, status: 'known', why, lines: [] }));
  });
  const failed = wrong.map(
    (why): Verdict => ({ group: 'matrix', name: why.split(':')[0] ?? why, status: 'failed', why, lines: [] }),
  );
  return [...caught, ...failed];
}

function certify_of(call: Call): MatrixWanted['certify'] {
  const text = call.text('certify') ?? 'first';
  const found = CERTIFY.find((one) => one === text);
  if (found) return found;
  throw new CallError(`--certify ${text} is none of ${CERTIFY.join(', ')}${did_you_mean(text, CERTIFY)}`);
}

/** A property, and the reason for which it stays though it catches nothing, if there is one. */
type Idle = readonly [string, string | undefined];

/** What a kill matrix must not show: a line each. */
function wrong_in<View>(suite: Suite<View>, rows: readonly MatrixRow[], idle: readonly Idle[]): string[] {
  const wrong: string[] = [];
  for (const { variant, caught_by } of rows) {
    const { kind, violates } = known('variant', variant, suite.variants);
    // What catches a user's own is the question, where its file does not answer it.
    const open = kind === 'own' && violates.length === 0;
    if (caught_by.size === 0) wrong.push(`UNCAUGHT  ${variant}: no property catches it`);
    for (const property of violates) {
      const missed = caught_by.get(property)?.programs.filter((n) => n === null).length;
      if (missed !== 0) wrong.push(`MISSED    ${variant} by ${property}: ${missed ?? 'all'} seeds do not find it`);
    }
    for (const [property, { one_text }] of caught_by) {
      if (!open && !violates.includes(property)) wrong.push(`UNEXPECTED ${variant} by ${property}`);
      if (!one_text) wrong.push(`TWO TEXTS ${variant} by ${property}: seeds end with different programs`);
    }
  }
  const dead = idle.filter(([, why]) => why === undefined);
  return [...wrong, ...dead.map(([name]) => `IDLE      ${name}: catches nothing`)];
}

/** Properties that catch nothing of all that there is. */
function idle_in<View>({ properties, kept }: Suite<View>, rows: readonly MatrixRow[]): Idle[] {
  const idle = [...properties.keys()].filter((name) => rows.every(({ caught_by }) => !caught_by.has(name)));
  return idle.map((name): Idle => [name, kept.get(name)]);
}

const cell = (n: number | null) => (n === null ? 'never' : String(n));

function matrix_report<View>(suite: Suite<View>, rows: readonly MatrixRow[], width?: number): string[] {
  const cells = rows.flatMap(({ variant, caught_by }) =>
    [...caught_by].map(([property, { programs, commands, shortest }], i) => {
      const [median, worst] = median_and_worst(programs);
      const [median_commands, worst_commands] = median_and_worst(commands);
      return {
        variant: i === 0 ? variant : '',
        'caught by': property,
        programs: cell(median),
        worst: cell(worst),
        commands: cell(median_commands),
        // A column of its own, under the same title.
        'worst ': cell(worst_commands),
        shortest: shortest
          ? `${shortest.certificate.certified ? '' : 'NOT PROVEN: '}${one_line(suite, shortest.program)}`
          : '',
      };
    }),
  );
  return cells.length === 0 ? [] : ['', ...table(cells, width, 2), ''];
}

/** Properties by variants; a cell is the median of the programs until it is caught. */
function markdown_of<View>(suite: Suite<View>, rows: readonly MatrixRow[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(['', ...rows.map(({ variant }) => variant)]),
    line(['---', ...rows.map(() => '--:')]),
    ...[...suite.properties.keys()].map((property) => {
      const medians = rows.map(({ caught_by }) => {
        const caught = caught_by.get(property);
        return caught ? cell(median_and_worst(caught.programs)[0]) : '';
      });
      return line([property, ...medians]);
    }),
  ];
}

function json_of<View>(suite: Suite<View>, { variant, caught_by }: MatrixRow) {
  const entries = [...caught_by].map(([property, { programs, commands, shortest, one_text }]) => {
    const [median_programs, worst_programs] = median_and_worst(programs);
    const [median_commands, worst_commands] = median_and_worst(commands);
    const caught = {
      median_programs,
      worst_programs,
      median_commands,
      worst_commands,
      missed: programs.filter((n) => n === null).length,
      length: shortest?.program.length ?? null,
      shortest: shortest ? program_texts(suite.commands, shortest.program) : null,
      certified: shortest?.certificate.certified ?? null,
      one_text,
    };
    return [property, caught];
  });
  return { variant, caught_by: Object.fromEntries(entries) };
}
