/**
 * Runs the same programs on two machines, one after the other, and finds where they differ. Neither has to be right;
 * the verdicts of the reference say which of the two it agrees with.
 */

import type { Program } from '../program/command';
import type { Breach } from '../run/property';
import type { Judged } from '../run/ran';
import type { Found } from '../run/session';
import type { Row, Step } from '../run/step';
import type { Runner } from './runner';

/** What a program did on both machines. `found`: the first difference, if there is one. */
export interface Pair<R extends Judged> extends Judged {
  readonly changed: R;
  readonly base: R;
}

/** Which of the two violates no property up to the first difference. */
export type Side = 'base' | 'changed' | 'neither' | 'both';

/** The number of different shrunk programs that are reported for each kind of difference. */
const SHRUNK_AT_MOST = 2;

/** How to read a run: what is compared after each command, and the commands as text. */
export interface Seen<R> {
  rows(ran: R): readonly Row[];
  texts(program: Program): readonly string[];
}

/**
 * Runs each program on both machines. A difference counts as a property, named after the first column or the first
 * verdict that differs. So a program is shrunk while it shows the same kind of difference.
 */
export function difference_runner<R extends Judged>(
  changed: Runner<R>,
  base: Runner<R>,
  { rows, texts }: Seen<R>,
): Runner<Pair<R>> {
  const pair = (one: R, other: R): Pair<R> => {
    const unusable = one.unusable ?? other.unusable;
    const { program, commands } = one;
    const skipped = [...new Set([...one.skipped, ...other.skipped])];
    const found = unusable === null ? first_difference(one, other, rows) : null;
    return { program, commands, skipped, unusable, changed: one, base: other, found: found ? [found] : [] };
  };
  return {
    space: changed.space,
    draw: changed.draw,
    async run(program) {
      const [ours, theirs] = await Promise.all([changed.run(program), base.run(program)]);
      return pair(ours, theirs);
    },
    at_once: Math.min(changed.at_once ?? 1, base.at_once ?? 1),
    upto: (ran, step) => pair(changed.upto(ran.changed, step), base.upto(ran.base, step)),
    replays: Math.max(changed.replays, base.replays),
    shrunk_at_most: SHRUNK_AT_MOST,
    applies: (regression) => changed.applies(regression) && base.applies(regression),
    listed: () => [],
    known: () => null,
    fixed: () => [],
    canonical_text: changed.canonical_text,
    // What differs first may be another column where more commands come before.
    one_for_what_contains_it: true,
    same_cause: (one, other) => {
      const [ours, theirs] = [one, other].map(({ ran, found }) => ({ ran: ran.changed, found }));
      return ours !== undefined && theirs !== undefined && changed.same_cause?.(ours, theirs) === true;
    },
    ...(changed.milder ? { milder: changed.milder } : {}),
    steps: (ran) => merged_steps(texts(ran.program), rows(ran.changed), rows(ran.base)),
    costly: (ran) => changed.costly(ran.changed) || base.costly(ran.base),
  };
}

function first_difference<R extends Judged>(changed: R, base: R, rows: (ran: R) => readonly Row[]): Found | null {
  const [ours, theirs] = [rows(changed), rows(base)];
  const steps = Math.max(ours.length, theirs.length, 1);
  for (let step = 0; step < steps; step++) {
    const different = of_rows(ours[step], theirs[step]) ?? of_verdicts(changed, base, step);
    if (different) return { ...different, step };
  }
  return null;
}

type Difference = { readonly property: string; readonly breach: Breach };

/**
 * The first column that differs names the kind of difference; the texts show every column that differs. A column that
 * only one of the two has is not compared.
 */
function of_rows(ours: Row | undefined, theirs: Row | undefined): Difference | null {
  if (ours === undefined && theirs === undefined) return null;
  if (ours === undefined || theirs === undefined) {
    const text = (row: Row | undefined) => (row ? 'the command ends' : 'the program ends at the command before');
    return { property: 'differs in where the program ends', breach: { got: text(ours), want: text(theirs) } };
  }
  const columns = Object.keys(ours).filter((column) => column in theirs && ours[column] !== theirs[column]);
  const [first] = columns;
  if (first === undefined) return null;
  const text = (row: Row) => columns.map((column) => `${column} ${row[column] ?? ''}`).join(', ');
  return { property: `differs in ${first}`, breach: { got: text(ours), want: text(theirs) } };
}

/** The first property that only one of the two violates at this step. */
function of_verdicts(changed: Judged, base: Judged, step: number): Difference | null {
  const violated = ({ found }: Judged) => found.filter((one) => one.step === step).map(({ property }) => property);
  const [ours, theirs] = [violated(changed), violated(base)];
  const property = [...ours, ...theirs].find((name) => ours.includes(name) !== theirs.includes(name));
  if (property === undefined) return null;
  const text = (names: readonly string[]) => (names.includes(property) ? `violates ${property}` : `${property} holds`);
  return { property: `differs in ${property}`, breach: { got: text(ours), want: text(theirs) } };
}

/** Which of the two violates no property up to their first difference. */
export function sides_with<R extends Judged>({ changed, base, found: [first] }: Pair<R>): Side {
  const step = first?.step ?? 0;
  const holds = ({ found }: Judged) => found.every((one) => one.step > step);
  if (holds(changed)) return holds(base) ? 'both' : 'changed';
  return holds(base) ? 'base' : 'neither';
}

/** The step table of the changed machine; where the base shows something else, the cell has both. */
function merged_steps(texts: readonly string[], ours: readonly Row[], theirs: readonly Row[]): Step[] {
  return texts.map((command, i) => {
    const [one, other] = [ours[i] ?? {}, theirs[i] ?? {}];
    const cells = Object.entries(one).map(([column, cell]): [string, string] => {
      const base_cell = other[column] ?? cell;
      return [column, cell === base_cell ? cell : `${cell} (base: ${base_cell})`];
    });
    return { command, row: Object.fromEntries(cells), without: null };
  });
}
