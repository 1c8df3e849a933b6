/** Counterexamples as a terminal shows them: finished data in, lines out. Nothing is run here. */
import type { Counterexample, Proof } from '../certify/certify';
import { one_line } from '../program/text';
import type { Found } from '../run/session';
import { PAUSED_END, type Row, type Step } from '../run/step';
import type { Suite, VariantInfo } from '../suite';
import { type KnownProof, known_proof_text } from './known_proof';
import { lane_lines } from './lanes';
import { fits, table, USUAL_WIDTH } from './table';

/** How a step table is drawn. */
export interface Drawn {
  /** No line is wider, as far as words allow. */
  readonly width?: number | undefined;
  /** What breaks: it is marked. */
  readonly broken?: readonly Found[];
  /** The columns that a property is about. */
  readonly about?: ((property: string) => readonly string[]) | undefined;
}

const [MARK, SHORT_MARK] = ['<- broken', '!'];
/** What says that nothing has happened there yet. */
const NOTHING = /^[+0 ]*$/;

/**
 * The commands, the counters after each, and what each is for, as far as that is known. Columns in which there is nothing but
 * zeros are left out. Where commands were paused, the threads follow as lanes.
 */
export function step_table(steps: readonly Step[], drawn: Drawn = {}): string[] {
  const { width = USUAL_WIDTH, broken = [], about = () => [] } = drawn;
  if (steps.every(({ row }) => row === null)) return steps.map(({ command }) => command);
  const marks = broken.map((found) => {
    const step = found.at_end ? steps.length - 1 : found.step;
    return { step, columns: marked(steps[step]?.row ?? {}, about(found.property), found.breach.got) };
  });
  const all = [...new Set(steps.flatMap(({ row }) => Object.keys(row ?? {})))];
  const is_marked = (column: string) => marks.some(({ columns }) => columns.includes(column));
  const kept = all.filter((name) => is_marked(name) || steps.some(({ row }) => !NOTHING.test(row?.[name] ?? '')));
  const zero = all.filter((name) => !kept.includes(name) && steps.some(({ row }) => row?.[name]));
  const rows = (word: string) =>
    steps.map(({ command, row }, i) => {
      const here = marks.filter(({ step }) => step === i);
      const cells = kept.map((name) => {
        const mark = here.some(({ columns }) => columns.includes(name)) ? ` ${word}` : '';
        return [name, `${wrapped_around(row?.[name] ?? '')}${mark}`.trim()];
      });
      return { '': `${nth(command, i)}${here.length > 0 ? ' !' : ''}`, command, ...Object.fromEntries(cells) };
    });
  const whole = rows(MARK);
  const needed = steps.flatMap(({ command, without }, i) =>
    without ? [`without ${nth(command, i)}  ${without}`] : [],
  );
  return [
    ...table(fits(whole, width) ? whole : rows(SHORT_MARK), width, 2),
    ...(zero.length > 0 ? [`0 in all rows: ${zero.join(', ')}`] : []),
    ...lane_lines(steps, width),
    ...needed,
  ];
}

const nth = (command: string, i: number): string => (command === PAUSED_END ? 'end' : String(i + 1));

/** A counter that has been decremented below 0 is read as how far. */
const wrapped_around = (cell: string): string =>
  cell.replaceAll(/\d{19,20}/g, (digits) => {
    const below = 2n ** 64n - BigInt(digits);
    return below > 0n && below < 1_000_000n ? `2^64-${below}` : digits;
  });

/** Of the columns that a property is about, those with a number that the breach names; all of them if it names none. */
function marked(row: Row, columns: readonly string[], got: string): readonly string[] {
  const there = columns.filter((name) => row[name] !== undefined);
  const numbers: readonly string[] = got.match(/\d+/g) ?? [];
  const named = there.filter((name) => row[name]?.match(/\d+/g)?.some((number) => numbers.includes(number)));
  return named.length > 0 ? named : there;
}

type Claims = ReadonlyMap<string, { readonly claim: string }>;

/** The claim that a breach breaks, with got and want. */
export function broken_claim(claims: Claims, { property, breach, step, at_end }: Found): string[] {
  const claim = claims.get(property)?.claim ?? '';
  const where = at_end ? 'when the paused commands end' : `at command ${step + 1}`;
  return [`broken  ${property}, ${where}: ${claim}`, `got     ${breach.got}`, `want    ${breach.want}`];
}

/** Why a violation is no news. */
export const declared_text = ({ name, source }: Pick<VariantInfo, 'name' | 'source'>): string =>
  `${name} declares it (${source})`;

/** Whether it was expected of this implementation that these properties break. */
export function known_line({ name, source, violates, follows }: VariantInfo, properties: readonly string[]): string {
  const fresh = properties.filter((one) => !violates.includes(one) && !follows.includes(one));
  return fresh.length === 0
    ? `known   ${declared_text({ name, source })}`
    : `NEW     ${name} does not declare ${fresh.join(', ')}`;
}

export const known_proof_line = (proof: KnownProof): string => `proven  ${known_proof_text(proof)}`;

/** How sure we are that no simpler program breaks it. */
function certificate_line({ program, certificate }: Proof, known: KnownProof | null): string {
  const { certified, needed, text } = certificate;
  if (certified) return `proven  ${text}`;
  if (known) return known_proof_line(known);
  return `not yet proven minimal: ${program.length} commands${needed ? ', none of which can be left out' : ''}; ${text}`;
}

/**
 * Counterexamples of one program, told once: its table, the claims, the certificates. `proof`: where else one is proven.
 */
export function counterexample_report<View>(
  suite: Suite<View>,
  same: readonly Counterexample[],
  proof: (one: Counterexample) => KnownProof | null = () => null,
  width?: number,
): string[] {
  const [first] = same;
  if (!first) return [];
  const is_end = ({ command }: Step) => command === PAUSED_END;
  // Of one program some properties break at its last command, others when what is paused has ended.
  const end = same.flatMap(({ steps }) => steps).find(is_end);
  const steps = first.steps.filter((step) => !is_end(step));
  return [
    ...step_table(end ? [...steps, end] : steps, {
      width,
      broken: same.map(({ found }) => found),
      about: suite.columns_of,
    }),
    ...same.flatMap((one) => [...broken_claim(suite.properties, one.found), certificate_line(one, proof(one))]),
  ];
}

/** Counterexamples that are the same program. */
export function by_program<View, T extends Counterexample>(suite: Suite<View>, counterexamples: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const one of counterexamples) {
    const text = one_line(suite, one.program);
    groups.set(text, [...(groups.get(text) ?? []), one]);
  }
  return [...groups.values()];
}
