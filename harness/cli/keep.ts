/** What `check` and `matrix` write into their journals. */
import { case_text } from '../program/case';
import type { Program } from '../program/command';
import { program_texts } from '../program/text';
import type { Suite } from '../suite';
import type { Journal } from './journal';

/** Which implementation violates what, and the case that shows it. */
interface Where {
  readonly variant: string;
  readonly property: string;
  readonly seed: string;
  readonly index: number;
}

/** Keeps a violation; with its program once that is shrunk, before that null. */
export function keep_violation<View>(
  journal: Journal,
  suite: Suite<View>,
  { variant, property, seed, index }: Where,
  program: Program | null,
): void {
  const expected = suite.variants.get(variant)?.violates.includes(property) === true;
  const texts = program && program_texts(suite.commands, program);
  journal.keep({ variant, property, case: case_text({ seed, index }), program: texts, expected });
}
