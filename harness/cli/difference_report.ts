/** Differences between two machines as a terminal shows them, and as `--json` prints them. */
import { type Pair, sides_with } from '../campaign/difference';
import type { PortCampaign, Sighting } from '../campaign/port_campaign';
import { case_text } from '../program/case';
import type { Judged } from '../run/ran';
import type { Table } from './audience';
import { step_table } from './counterexample_report';
import { json_line } from './json_line';

/** The two machines by their names, and the seed of the search. */
export interface Compared {
  readonly changed: string;
  readonly base: string;
  readonly seed: string;
  /** How wide lines may be. */
  readonly width?: number | undefined;
}

type Difference<R extends Judged> = Sighting<Pair<R>>;

const SIDES = {
  base: 'the reference sides with the base',
  changed: 'the reference sides with the changed one',
  both: 'the reference admits both',
  neither: 'the reference admits neither',
} as const;

/** All differences, and at the end a verdict line. `--json`: one object a difference, or one for a search without any. */
export function difference_lines<R extends Judged>(
  compared: Compared,
  { findings, not_shrunk }: PortCampaign<Pair<R>>,
): string[] {
  const more = [...not_shrunk].map(([what, count]) => `${count} more programs ${what.replace('differs', 'differ')}`);
  return [...findings.flatMap((one) => difference_report(compared, one)), ...more];
}

/** A row a difference, for a report. */
export const difference_table = <R extends Judged>(
  { changed, base }: Compared,
  { findings }: PortCampaign<Pair<R>>,
  texts: (program: Pair<R>['program']) => readonly string[],
): Table => ({
  title: `What ${changed} does otherwise than ${base}`,
  note: 'Of each difference the least program that shows it.',
  rows: findings.map((one) => ({
    differs: one.property,
    'at command': String(one.found.step + 1),
    [changed]: one.found.breach.got,
    [base]: one.found.breach.want,
    verdict: SIDES[sides_with(one.ran)],
    program: texts(one.program).join('; '),
  })),
});

/** The last line: whether anything differs, between whom, in how many programs. */
export function difference_verdict<R extends Judged>(
  { changed, base, seed }: Compared,
  { findings, programs, regressions: { seen, foreign } }: PortCampaign<Pair<R>>,
): string {
  const replayed = seen.length - foreign.length;
  const also = replayed > 0 ? ` and those of ${replayed} regressions` : '';
  const compared = `${changed} and ${base}, ${programs} programs${also}, seed ${seed}`;
  return findings.length === 0 ? `no difference: ${compared}` : `DIFFERENT: ${compared}: see above`;
}

function difference_report<R extends Judged>(
  { changed, base, seed, width }: Compared,
  { steps, found, ran, certificate, case: index, count }: Difference<R>,
): string[] {
  const first = (name: string, [one]: R['found']) =>
    one ? [`        ${name} violates ${one.property}: got ${one.breach.got}, want ${one.breach.want}`] : [];
  const where = index === null ? 'by the program of a regression' : case_text({ seed, index });
  return [
    ...step_table(steps, { width }),
    `${found.property}, at command ${found.step + 1}`,
    `${changed}: ${found.breach.got}`,
    `${base}: ${found.breach.want}`,
    `verdict ${SIDES[sides_with(ran)]}`,
    ...first(changed, ran.changed.found),
    ...first(base, ran.base.found),
    certificate.text,
    `found   ${where}; ${count} ${count === 1 ? 'program of the search shows' : 'programs of the search show'} it`,
    '',
  ];
}

/** One line of JSON a difference; one for a search without any. `variant` is the changed machine. */
export function difference_json<R extends Judged>(
  { changed, base, seed }: Compared,
  { findings, programs }: PortCampaign<Pair<R>>,
  texts: (program: Pair<R>['program']) => readonly string[],
): string[] {
  const row = (one: Difference<R> | null) =>
    json_line({
      variant: changed,
      base,
      verdict: one ? 'different' : 'same',
      differs: one?.property ?? null,
      step: one ? one.found.step + 1 : null,
      got: one?.found.breach.got ?? null,
      base_got: one?.found.breach.want ?? null,
      reference: one ? sides_with(one.ran) : null,
      program: one ? texts(one.program) : null,
      length: one?.program.length ?? null,
      seed,
      case: one?.case ?? null,
      programs: one?.programs ?? programs,
    });
  return findings.length === 0 ? [row(null)] : findings.map(row);
}
