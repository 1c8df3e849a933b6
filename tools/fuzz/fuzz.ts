/** Inputs for one target, until time is up or one is found that does what no input may do. */
import { performance } from 'node:perf_hooks';
import fc from 'fast-check';
import { changes } from './mutate';
import type { Came, Target } from './targets';

/** Milliseconds that any input may take: a hundred times what one does. */
const INPUT_AT_MOST = 10_000;

export interface Fuzzed {
  readonly target: string;
  readonly inputs: number;
  readonly came: Readonly<Record<Came, number>>;
  readonly slowest_ms: number;
  /** What must not happen, with the least input that makes it happen; null if nothing did. */
  readonly failure: string | null;
}

/** `inputs` at most, and no new one after so many milliseconds. The same seed makes the same inputs. */
export async function fuzz(target: Target, seed: number, inputs: number, milliseconds: number): Promise<Fuzzed> {
  const came: Record<Came, number> = { unread: 0, read: 0, taken: 0 };
  let nth = 0;
  let slowest_ms = 0;
  const property = fc.asyncProperty(changes, async (one) => {
    const began = performance.now();
    came[await target.run(target.input(one), nth++)]++;
    const took = performance.now() - began;
    slowest_ms = Math.max(slowest_ms, took);
    if (took > INPUT_AT_MOST) throw new Error(`took ${Math.round(took)} ms`);
  });
  const limits = { interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false };
  const { failed, counterexample, errorInstance } = await fc.check(property, { seed, numRuns: inputs, ...limits });
  const [least] = counterexample ?? [];
  const words = (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error));
  const failure = failed && least ? `${JSON.stringify(target.input(least))}: ${words(errorInstance)}` : null;
  return { target: target.name, inputs: nth, came, slowest_ms, failure };
}
