/** What `explore` prints. */
import { commands_text } from '../certify/certify';
import type { Covered, Plain } from '../explore/exploration';
import { type Selection, selection_text } from '../program/space';
import { program_texts } from '../program/text';
import type { Suite } from '../suite';
import { by_program, counterexample_report } from './counterexample_report';
import { USUAL_WIDTH } from './table';

export interface Explored {
  readonly variant: string;
  /** Asked for. */
  readonly depth: number;
  readonly pauses: number;
  readonly only: Selection | null;
  readonly covered: Covered;
  readonly seconds: number;
  readonly plain: Plain | null;
  readonly violates: readonly string[];
  /** Broken, and not expected to be; known to break by a program of these lengths, and not found. */
  readonly unexpected: readonly string[];
  readonly missing: readonly string[];
  /** Why longer programs were not tried, though asked for: they would take too much. */
  readonly refused: string | null;
  readonly as_expected: boolean;
}

/** A number that people read: 9372, 131 k, 17.4 M, 2.1 G. */
export function amount(n: number): string {
  if (n < 10_000) return String(Math.round(n));
  const [unit, of] = n < 1e6 ? ['k', 1e3] : n < 1e9 ? ['M', 1e6] : ['G', 1e9];
  return `${(n / of).toFixed(n / of < 100 ? 1 : 0)} ${unit}`;
}

const INDENT = 2;

export function exploration_report<View>(suite: Suite<View>, explored: Explored, width = USUAL_WIDTH): string[] {
  const { variant, covered, unexpected, missing, as_expected } = explored;
  const { broken, cut_short } = covered;
  const lines = ['', `${variant}: ${verdict(suite, explored)}, ${as_expected ? 'as expected' : 'NOT AS EXPECTED'}`];
  if (cut_short) lines.push(`  ENDED     before its time: ${cut_short.text}`);
  for (const name of missing) lines.push(`  MISSING   ${name}: a regression breaks it with no more commands`);
  for (const name of unexpected) lines.push(`  UNEXPECTED ${name}`);
  lines.push(...figures(explored).map((line) => `  ${line}`));
  for (const same of by_program(suite, broken)) {
    lines.push(
      '',
      ...counterexample_report(suite, same, undefined, width - INDENT).map((line) => `  ${line}`.trimEnd()),
    );
  }
  return lines;
}

/** Programs that were not tried. */
function others({ covered, depth, pauses, only }: Explored): string {
  const longer = covered.depth > depth ? [] : ['longer ones'];
  return [...longer, pauses === 0 ? 'paused ones' : 'ones paused further', ...(only ? ['other commands'] : [])].join(
    ' or ',
  );
}

function verdict<View>(suite: Suite<View>, explored: Explored): string {
  const { covered, violates, depth } = explored;
  const { broken } = covered;
  const tried = covered.depth < 1 ? 'nothing is proven' : covered.depth > depth ? 'no program' : null;
  const programs = tried ?? `no program of up to ${commands_text(covered.depth)}`;
  if (broken.length === 0) {
    const later = violates.length > 0 ? ` (${others(explored)} break ${violates.length})` : '';
    return covered.depth < 1 ? programs : `${programs} breaks any of ${suite.properties.size} properties${later}`;
  }
  // What follows from a defect may break, and need not.
  const known = broken.filter(({ property }) => violates.includes(property)).length;
  const more = broken.length > known ? ` and ${broken.length - known} more` : '';
  const count = violates.length > 0 ? `${known} of the ${violates.length} expected${more}` : `${broken.length}`;
  const rest =
    broken.length < suite.properties.size ? `; ${programs}${covered.depth < 1 ? ' of' : ' breaks'} any other` : '';
  return `breaks ${count}${rest}`;
}

function figures({ covered, seconds, plain }: Explored): string[] {
  const { states, transitions, depths, symmetry } = covered;
  const rate = (n: number) => (seconds > 0 ? amount(n / seconds) : '…');
  const lines = [
    `searched  ${states} states, ${transitions} transitions, ${seconds.toFixed(1)} s (${rate(states)} states/s, ${rate(transitions)} transitions/s); ${symmetry}`,
    `by length ${depths.map((one, i) => `${i + 1}: ${one.transitions} from ${one.states}`).join(', ')}`,
  ];
  if (plain) {
    const made = depths.slice(0, 2).reduce((sum, one) => sum + one.transitions, 0);
    const known = depths.slice(0, 2).reduce((sum, one) => sum + one.states, 0);
    lines.push(
      `symmetry  up to 2 commands: ${known} states, ${made} transitions; without symmetry ${plain.states} states, ${plain.states * plain.commands} transitions`,
    );
  }
  return lines;
}

/** One object for each variant. */
export function row<View>(suite: Suite<View>, explored: Explored) {
  const { variant, depth, pauses, only, covered, seconds, plain, unexpected, missing, as_expected } = explored;
  const { broken, states, transitions, symmetry, cut_short } = covered;
  const rate = (n: number) => (seconds > 0 ? Math.round(n / seconds) : null);
  return {
    variant,
    depth,
    pauses,
    covered: Math.min(depth, covered.depth),
    exhausted: covered.depth > depth,
    alphabet: suite.alphabet(only),
    commands: only && selection_text(only),
    symmetry,
    /** The name that this field had first. */
    likeness: symmetry,
    states,
    transitions,
    seconds,
    states_per_s: rate(states),
    transitions_per_s: rate(transitions),
    by_length: covered.depths,
    plain: plain && { states: plain.states, transitions: plain.states * plain.commands },
    cut_short: cut_short?.text ?? null,
    broken: broken.map(({ property, program, found, certificate }) => {
      const texts = program_texts(suite.commands, program);
      return { property, program: texts, length: program.length, ...found.breach, certified: certificate.certified };
    }),
    unexpected,
    missing,
    as_expected,
  };
}
