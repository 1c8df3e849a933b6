/** Counterexamples and rows of a matrix, as a shard's file has them: programs as texts. */
import { z } from 'zod';
import type { Caught, MatrixRow } from '../campaign/matrix';
import type { Counterexample } from '../certify/certify';
import { parse_program, program_texts } from '../program/text';
import type { Suite } from '../suite';
import { result_in } from './outcome';
import type { Part } from './part';

const COUNT = z.int().min(0);
export const TEXTS = z.array(z.string());
export const BREACH = z.object({ got: z.string(), want: z.string() });
export const STEPS = z.array(
  z.object({ command: z.string(), row: z.record(z.string(), z.string()).nullable(), without: z.string().nullable() }),
);

const COUNTEREXAMPLE = z.object({
  property: z.string(),
  program: TEXTS,
  found: z.object({
    property: z.string(),
    step: COUNT,
    breach: BREACH,
    at_end: z.literal(true).optional(),
    hung: z.boolean().optional(),
  }),
  certificate: z.object({
    needed: z.boolean(),
    certified: z.boolean(),
    text: z.string(),
    states: COUNT,
    transitions: COUNT,
  }),
  steps: STEPS,
});
type CounterexampleTexts = z.infer<typeof COUNTEREXAMPLE>;

const ROW = z.array(
  z.object({
    property: z.string(),
    programs: z.array(COUNT.nullable()),
    commands: z.array(COUNT.nullable()),
    one_text: z.boolean(),
    shortest: COUNTEREXAMPLE.nullable(),
  }),
);
type RowTexts = z.infer<typeof ROW>;

export function row_texts<View>({ commands }: Suite<View>, { caught_by }: MatrixRow): RowTexts {
  const told = (one: Counterexample): CounterexampleTexts => ({
    ...one,
    found: { ...one.found },
    steps: one.steps.map((step) => ({ ...step, row: step.row && { ...step.row } })),
    program: program_texts(commands, one.program),
  });
  return [...caught_by].map(([property, { programs, commands: counts, one_text, shortest }]) => {
    return { property, programs: [...programs], commands: [...counts], one_text, shortest: shortest && told(shortest) };
  });
}

/** The row of a variant. Throws a CallError if the shard has none. */
export function row_in<View>({ commands, bounds }: Suite<View>, part: Part, variant: string): MatrixRow {
  const rows = result_in(part, variant, ROW);
  const caught = rows.map(({ property, shortest, ...one }): [string, Caught] => {
    const { at_end, hung, ...found } = shortest?.found ?? { property, step: 0, breach: { got: '', want: '' } };
    const flags = { ...(at_end && { at_end }), ...(hung !== undefined && { hung }) };
    const again = shortest && {
      ...shortest,
      found: { ...found, ...flags },
      program: parse_program(commands, bounds, shortest.program),
    };
    return [property, { ...one, shortest: again }];
  });
  return { variant, caught_by: new Map(caught) };
}
