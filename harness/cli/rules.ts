/** Rules of a user's own implementation: `check` runs them on the pool and prints the result. */
import { Hung, type Pool } from '../pool/pool';
import type { Rule } from '../suite';

/** A rule that is not kept. */
export interface BrokenRule {
  readonly name: string;
  readonly program: readonly string[];
  /** What is seen, and what must be. */
  readonly text: string;
}

/** Runs all rules on the pool's threads. A rule whose program never ends is the last one, because others may hang, too. */
export async function broken_rules(rules: readonly Rule[], pool: Pool): Promise<BrokenRule[]> {
  const broken: BrokenRule[] = [];
  for (const [index, { name, program }] of rules.entries()) {
    if (pool.stopped()) break;
    try {
      const text = await pool.ask({ kind: 'rule', index });
      if (text !== null) broken.push({ name, program, text });
    } catch (error) {
      if (!(error instanceof Hung)) throw error;
      return [...broken, { name, program, text: 'its program never ends' }];
    }
  }
  return broken;
}

/** A line for all rules, and two lines for each that is broken. */
export function rule_lines(rules: readonly Rule[], broken: readonly BrokenRule[]): string[] {
  if (rules.length === 0) return [];
  if (broken.length === 0) return [`rules: ${rules.length} checked, all kept`];
  const told = broken.flatMap(({ name, program, text }) => [`  ${name}: ${text}`, `    ${program.join('; ')}`]);
  return [`rules: ${rules.length} checked, ${broken.length} NOT kept:`, ...told];
}
