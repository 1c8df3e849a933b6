import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { Program } from './command';
import { CallError, known } from './errors';
import { parse_program } from './program';
import { run } from './run';
import { breach_of } from './search';
import type { Suite } from './suite';

/** A regression: a program, and the verdict on it per implementation. The seed is only where it came from. */
export const REGRESSION = z.strictObject({
  $schema: z.string().optional(),
  /** The commands, one text each: this is the fixture. */
  program: z.array(z.string()).min(1),
  /** By implementation, the property that breaks at the last command, and not before. */
  violates: z.record(z.string(), z.string()),
  /** Implementations on which the program breaks no property at all. */
  holds: z.array(z.string()),
  postmortem: z.string().min(1),
  /** Where it came from; missing in those written by hand. */
  found: z.strictObject({ seed: z.string(), case: z.int().nonnegative() }).optional(),
});
export type RegressionFile = z.infer<typeof REGRESSION>;

export interface Regression extends RegressionFile {
  readonly name: string;
  readonly parsed: Program;
}

/** Reads a file that must be JSON of this shape. Throws a CallError that names the file and the bad field. */
export function read_json<T>(file: string, schema: z.ZodType<T>, text = read_text(file)): T {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw new CallError(`${file} is not JSON: ${(error as Error).message}`);
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CallError(`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`);
}

export function read_text(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CallError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`);
  }
}

/** Reads a regression, its program, implementations and properties checked. */
export function read_regression<View>(suite: Suite<View>, file: string): Regression {
  const regression = read_json(file, REGRESSION);
  try {
    for (const [variant, property] of Object.entries(regression.violates)) {
      known('variant', variant, suite.variants);
      known('property', property, suite.properties);
    }
    for (const variant of regression.holds) known('variant', variant, suite.variants);
    const parsed = parse_program(suite.commands, suite.bounds, regression.program);
    return { ...regression, name: basename(file, '.json'), parsed };
  } catch (error) {
    if (error instanceof CallError) throw new CallError(`${file}: ${error.message}`);
    throw error;
  }
}

export function read_regressions<View>(suite: Suite<View>): Regression[] {
  const files = readdirSync(suite.regressions).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => read_regression(suite, join(suite.regressions, file)));
}

/** What is not as the regression says, a line each; nothing if all is. */
export function replay<View>(suite: Suite<View>, regression: Regression): string[] {
  const wrong: string[] = [];
  const last = regression.parsed.length - 1;
  for (const [variant, property] of Object.entries(regression.violates)) {
    const found = breach_of(suite, variant, property, regression.parsed);
    if (!found) wrong.push(`${regression.name}: ${variant} does not break ${property}`);
    else if (found.step !== last) {
      wrong.push(`${regression.name}: ${variant} breaks ${property} at command ${found.step + 1}, not at the last`);
    }
  }
  for (const variant of regression.holds) {
    const [found] = run(suite.start(variant), regression.parsed, [...suite.properties.values()]);
    if (found)
      wrong.push(
        `${regression.name}: ${variant} breaks ${found.property}: got ${found.breach.got}, want ${found.breach.want}`,
      );
  }
  return wrong;
}
