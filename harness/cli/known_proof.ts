/** What is proven of a counterexample elsewhere: in a regression that is the same program. */
import type { Proof } from '../certify/certify';
import { program_texts } from '../program/text';
import type { Regression } from '../regression/regression';
import type { Suite } from '../suite';

/** A regression that has the proof, and what was searched for it. */
export interface KnownProof {
  readonly regression: string;
  readonly text: string;
}

/** Where it is proven, and what was searched. */
export const known_proof_text = ({ regression, text }: KnownProof): string =>
  `in the regression ${regression}: ${text}`;

/** Finds the regression that breaks this property of this variant with the same program, up to symmetry, proven minimal. */
export type FindProof = (variant: string, one: Pick<Proof, 'property' | 'program'>) => KnownProof | null;

export function proofs_in<View>(suite: Suite<View>, regressions: readonly Regression[]): FindProof {
  const bug = (program: Proof['program']) => program_texts(suite.commands, suite.canonical(program)).join('; ');
  const proofs = new Map<string, KnownProof>();
  for (const { name, parsed, violates, found } of regressions) {
    if (found?.certified === undefined) continue;
    for (const [variant, property] of Object.entries(violates)) {
      const key = [variant, property, bug(parsed)].join('\n');
      if (!proofs.has(key)) proofs.set(key, { regression: name, text: found.certified });
    }
  }
  return (variant, { property, program }) => proofs.get([variant, property, bug(program)].join('\n')) ?? null;
}
