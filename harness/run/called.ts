/** Counts how often each replaced entry was called in a campaign. An entry that was never called was never tested. */
import type { VariantInfo } from '../suite';

/** How many times an entry was called, and in how many programs. */
export interface Called {
  readonly times: number;
  readonly programs: number;
}

/** By entry. */
export type AllCalled = Readonly<Record<string, Called>>;

/** Counts calls within programs. Calls between programs (to shrink a program, to look at a machine) do not count. */
export interface CallTally {
  begin_program(): void;
  end_program(): void;
  total(): AllCalled;
}

/** A tally of the counters that the implementation increments. */
export function new_call_tally(calls: NonNullable<VariantInfo['calls']>): CallTally {
  const counts = [...calls].map(([name, counter]) => ({ name, counter, before: 0, times: 0, programs: 0 }));
  return {
    begin_program() {
      for (const count of counts) count.before = count.counter.times;
    },
    end_program() {
      for (const count of counts) {
        const more = count.counter.times - count.before;
        count.times += more;
        if (more > 0) count.programs++;
      }
    },
    total: () => Object.fromEntries(counts.map(({ name, times, programs }) => [name, { times, programs }])),
  };
}

/** The sum of the counts of several parts of a campaign. */
export function sum_of_calls(parts: readonly AllCalled[]): AllCalled {
  const sum: Record<string, Called> = {};
  for (const [name, { times, programs }] of parts.flatMap((part) => Object.entries(part))) {
    const before = sum[name] ?? { times: 0, programs: 0 };
    sum[name] = { times: before.times + times, programs: before.programs + programs };
  }
  return sum;
}
