/** Counterexamples as a terminal shows them: finished data in, lines out. Nothing is run here. */
import type { Counterexample, Proof } from '../certify/certify';
import { one_line } from '../program/text';
import type { Found } from '../run/session';
import { PAUSED_END, type Step } from '../run/step';
import type { Suite } from '../suite';
import type { KnownProof } from './known_proof';
import { table } from './table';

/** The commands, the counters after each, and what each is for, as far as that is known. */
export function step_table(steps: readonly Step[]): string[] {
  if (steps.every(({ row }) => row === null)) return steps.map(({ command }) => command);
  const purposes = steps.some(({ without }) => without !== null);
  return table(
    steps.map(({ command, row, without }) => {
      return { command, ...row, ...(purposes ? { 'without it': without ?? '' } : {}) };
    }),
  );
}

type Claims = ReadonlyMap<string, { readonly claim: string }>;

/** The claim that a breach breaks, with got and want. */
export function broken_claim(claims: Claims, { property, breach }: Found): string[] {
  const claim = claims.get(property)?.claim ?? '';
  return [`broken  ${property}: ${claim}`, `got     ${breach.got}`, `want    ${breach.want}`];
}

/** How sure we are that no simpler program breaks it. */
function certificate_line({ program, certificate }: Proof, known: KnownProof | null): string {
  const { certified, needed, text } = certificate;
  if (certified) return `proven  ${text}`;
  if (known) return `proven  in the regression ${known.regression}: ${known.text}`;
  return `not yet proven minimal: ${program.length} commands${needed ? ', none of which can be left out' : ''}; ${text}`;
}

/**
 * Counterexamples of one program, told once: its table, the claims, the certificates. `proof`: where else one is proven.
 */
export function counterexample_report<View>(
  suite: Suite<View>,
  same: readonly Counterexample[],
  proof: (one: Counterexample) => KnownProof | null = () => null,
): string[] {
  const [first] = same;
  if (!first) return [];
  const is_end = ({ command }: Step) => command === PAUSED_END;
  // Of one program some properties break at its last command, others when what is paused has ended.
  const end = same.flatMap(({ steps }) => steps).find(is_end);
  const steps = first.steps.filter((step) => !is_end(step));
  return [
    ...step_table(end ? [...steps, end] : steps),
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
