/** The outcome of random programs, as a shard's file has it. */
import { z } from 'zod';
import type { ShardOutcome } from '../campaign/search';
import { CallError } from '../errors';
import type { Part } from './part';

const COUNT = z.int().min(0);
const COUNTS = z.record(z.string(), COUNT);
export const OUTCOME = z.object({
  results: z.record(
    z.string(),
    z.object({
      programs: COUNT,
      commands: COUNT,
      seconds: z.number().min(0),
      broken: COUNTS,
      broken_in: COUNTS,
      unreached: z.array(z.string()),
      called: z.record(z.string(), z.object({ times: COUNT, programs: COUNT })),
    }),
  ),
  hangs: COUNTS,
});
const OUTCOMES: z.ZodType<readonly ShardOutcome[]> = z.array(OUTCOME);

/** The result of a shard that has this key. Throws a CallError if there is none, or it is something else. */
export function result_in<T>({ file, results }: Part, key: string, schema: z.ZodType<T>): T {
  const { data, error } = schema.safeParse(results.get(key));
  if (error === undefined) return data as T;
  const [issue] = error.issues;
  throw new CallError(`${file}: ${key}: ${[...(issue?.path ?? []), issue?.message].join(': ')}`);
}

/** Where a shard keeps them. */
export const PROGRAMS = 'programs';

export const outcomes_in = (parts: readonly Part[]): ShardOutcome[] =>
  parts.flatMap((part) => result_in(part, PROGRAMS, OUTCOMES));
