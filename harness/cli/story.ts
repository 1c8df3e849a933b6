import type { Counterexample } from '../certify/certify';
import type { Program } from '../program/command';
import { command_text, one_line, program_texts } from '../program/text';
import { run } from '../run/run';
import type { Found } from '../run/session';
import type { Suite } from '../suite';
import { table } from './table';

type Row = Readonly<Record<string, string>>;

/** The rows of a program's step table: what stands in the books after each command. */
function rows_of<View>(suite: Suite<View>, variant: string, program: Program): Row[] {
  const session = suite.start(variant);
  const rows: Row[] = [];
  for (const command of program) {
    const goes_on = session.step(command);
    rows.push(suite.row(session.view));
    if (!goes_on) break;
  }
  return rows;
}

/** A program on an implementation: the commands, and what stands in the books after each. */
export function step_table<View>(suite: Suite<View>, variant: string, program: Program): string[] {
  return table(rows_of(suite, variant, program).map((row, i) => ({ command: text_at(suite, program, i), ...row })));
}

/** The same, with what happens to this property when a command is left out: what each of them is for. */
function purpose_table<View>(suite: Suite<View>, variant: string, property: string, program: Program): string[] {
  const rows = rows_of(suite, variant, program);
  return table(
    rows.map((row, i) => {
      const left_out = what_happens_without(suite, variant, property, program, i, rows.at(-1) ?? {});
      return { command: text_at(suite, program, i), ...row, 'without it': left_out };
    }),
  );
}

const text_at = <View>(suite: Suite<View>, program: Program, i: number): string => {
  const command = program[i];
  return command ? command_text(suite.commands, command) : '';
};

/** Cells of the last row that a reader is told of. */
const CELLS = 3;

function what_happens_without<View>(
  suite: Suite<View>,
  variant: string,
  property: string,
  program: Program,
  step: number,
  last: Row,
): string {
  const shorter = program.filter((_, i) => i !== step);
  const found = run(suite.start(variant), shorter, [...suite.properties.values()]);
  if (found.some((one) => one.property === property)) return 'breaks all the same';
  const others = found.map((one) => one.property);
  const verdict = others.length === 0 ? 'holds' : `holds, but breaks ${others[0]}`;
  if (step === program.length - 1) return verdict;
  const row = rows_of(suite, variant, shorter).at(-1) ?? {};
  const changed = Object.keys(last).filter((key) => row[key] !== last[key] && row[key]);
  const cells = changed.slice(0, CELLS).map((key) => `${key} ${row[key]}`);
  return cells.length === 0 ? verdict : `${verdict}: ${cells.join(', ')}`;
}

/** The claim that a breach breaks, with got and want. */
export function broken_claim<View>(suite: Suite<View>, { property, breach }: Found): string[] {
  const claim = suite.properties.get(property)?.claim ?? '';
  return [`broken  ${property}: ${claim}`, `got     ${breach.got}`, `want    ${breach.want}`];
}

/** How sure we are that no simpler program breaks it. */
function certificate_line({ program, certificate, unshrunk }: Counterexample): string {
  if (certificate.certified) return `proven  shortest: ${certificate.text}`;
  const needed = unshrunk ? '' : ', none of which can be left out';
  return `NOT     proven shortest: ${program.length} commands${needed}; ${certificate.text}`;
}

/** A program that never ends cannot be run again here, nor one of which nobody knows whether it ends. */
function steps_of<View>(suite: Suite<View>, variant: string, one: Counterexample): string[] {
  const { property, program, found, beside_hangs, unshrunk } = one;
  if (found.hung) return program_texts(suite.commands, program);
  return beside_hangs || unshrunk
    ? step_table(suite, variant, program)
    : purpose_table(suite, variant, property, program);
}

/** Counterexamples of one program, told once: its table, the claims, the certificates. */
export function story<View>(suite: Suite<View>, variant: string, same: readonly Counterexample[]): string[] {
  const [first] = same;
  if (!first) return [];
  return [
    ...steps_of(suite, variant, first),
    ...same.flatMap((one) => [...broken_claim(suite, one.found), certificate_line(one)]),
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
