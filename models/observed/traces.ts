/** Programs recorded on real kernels: one JSON object a line. */
import { z } from 'zod';
import { CallError } from '../../harness/errors';
import { lines_of, read_json, read_text } from '../../harness/files/read';
import type { Program } from '../../harness/program/command';
import { parse_program } from '../../harness/program/text';
import { bounds_of, COMMANDS } from '../catalogue/catalogue';
import { version_number } from '../catalogue/versions';
import { BACKINGS, LIVE_WORLD, recorded_world, type World } from '../world/world';

const COUNT = z.int().nonnegative();
/** No longer program was recorded. */
const COMMANDS_AT_MOST = 1000;
/** The number of 2M regions of a guest's memory: slots must be within. */
const REGIONS_AT_MOST = 2048;

/** What userspace reads after a command (KVM_GET_STATS_FD). */
const STATS = z.strictObject({
  nx_lpage_splits: z.int(),
  pages_4k: COUNT,
  pages_2m: COUNT,
  pages_1g: COUNT,
  remote_tlb_flush_requests: COUNT,
  pf_taken: COUNT,
});

const COMMON = {
  /** Version of the kernel it was recorded on, `-fixed` if B30 was fixed in it. */
  kernel: z.string().regex(/^\d{1,3}\.\d{1,4}(\.\d{1,5})?(-fixed)?$/, 'a kernel version like 6.12.117 or 7.3.4-fixed'),
  mmus: z.enum(['tdp', 'tdp+shadow']),
  program: z.array(z.string()).min(1).max(COMMANDS_AT_MOST),
  start: STATS,
  observed: z.array(STATS).max(COMMANDS_AT_MOST),
};

/** Recorded by another program than `live`: one slot of 2M regions. What its stub had mapped is known only roughly. */
const TRACE = z.strictObject({ ...COMMON, pages: z.int().min(1).max(512) });

const SLOT = z.strictObject({
  home: COUNT.max(REGIONS_AT_MOST),
  away: COUNT.max(REGIONS_AT_MOST),
  regions: z.int().min(1).max(512),
  backing: z.enum(BACKINGS),
});
type Slot = z.infer<typeof SLOT>;

/**
 * Why these slots cannot be set up, or null: a 1G page must begin at a multiple of 512 regions, and slots must not
 * overlap.
 */
function wrong_with_slots(slots: readonly Slot[]): string | null {
  for (const [i, { home, away, backing }] of slots.entries()) {
    if (backing === '1g' && (home % 512 !== 0 || away % 512 !== 0))
      return `slot ${i} of 1G pages is not aligned to them`;
  }
  const places = slots.flatMap(({ home, away, regions }, slot) =>
    [home, away].map((from) => ({ slot, from, to: from + regions })),
  );
  const clash = places.find((one) =>
    places.some((other) => other.slot !== one.slot && one.from < other.to && other.from < one.to),
  );
  return clash ? `slot ${clash.slot} shares a place with another` : null;
}

/** Recorded by `live`: any slots. What the stub has mapped is included in all counts; `start` shows it. */
const LIVE_TRACE = z.strictObject({
  ...COMMON,
  world: z.strictObject({
    pages: z.int().min(1).max(1536),
    vcpus: z.int().min(1).max(4),
    tdp_mmu: z.boolean(),
    slots: z
      .array(SLOT)
      .min(1)
      .max(8)
      .superRefine((slots, { addIssue }) => {
        const message = wrong_with_slots(slots);
        if (message !== null) addIssue({ code: 'custom', message });
      }),
  }),
});
export type Stats = z.infer<typeof STATS>;
export type Trace = z.infer<z.ZodObject<typeof COMMON>> & {
  readonly parsed: Program;
  readonly world: World;
  /** The number of 4K pages of the recording program's stub, included in all counts: any of these numbers. */
  readonly stub: readonly number[];
};

/**
 * Yields the traces of a file one after the other, so the file may be of any size. Throws a CallError that names the
 * file, the line and what is wrong there.
 */
export async function* traces_of(file: string, signal: AbortSignal): AsyncGenerator<Trace> {
  let any = false;
  for await (const { text, number } of lines_of(file, signal)) {
    if (text.trim() === '') continue;
    any = true;
    yield read_trace(`${file}:${number}`, text);
  }
  if (!any) throw new CallError(`${file} holds no trace`);
}

/** All traces of a short file. */
export function read_traces(file: string): Trace[] {
  const lines = read_text(file).split('\n');
  const traces = lines.flatMap((line, i) => (line.trim() === '' ? [] : [read_trace(`${file}:${i + 1}`, line)]));
  if (traces.length === 0) throw new CallError(`${file} holds no trace`);
  return traces;
}

/** Reads one line; `place` is its file and line number. Throws a CallError that says what is wrong there. */
export function read_trace(place: string, line: string): Trace {
  const is_live = read_json(place, z.looseObject({}), line)['world'] !== undefined;
  const trace = is_live ? of_live(read_json(place, LIVE_TRACE, line)) : of_others(read_json(place, TRACE, line));
  if (trace.observed.length !== trace.program.length) {
    throw new CallError(`${place}: ${trace.program.length} commands, but ${trace.observed.length} observed`);
  }
  try {
    return { ...trace, parsed: parse_program(COMMANDS, bounds_of(trace.world), trace.program) };
  } catch (error) {
    if (error instanceof CallError) throw new CallError(`${place}: ${error.message}`);
    throw error;
  }
}

function of_others(trace: z.infer<typeof TRACE>): Omit<Trace, 'parsed'> {
  return { ...trace, world: recorded_world(trace.pages), stub: STUB_PAGES[trace.mmus] };
}

function of_live(trace: z.infer<typeof LIVE_TRACE>): Omit<Trace, 'parsed'> {
  // In files, the regions of a world are called `pages`, as in programs.
  const { pages: regions, ...rest } = trace.world;
  return { ...trace, world: { ...LIVE_WORLD, ...rest, regions }, stub: [trace.start.pages_4k] };
}

/** The number of 4K pages that the other recording program's stub may have mapped, by the MMUs that it used. */
const STUB_PAGES = { tdp: [0, 1, 2, 3], 'tdp+shadow': [0, 3, 4, 5, 11, 12, 13, 14] } as const;

/** From this version on (in the form of version_number()), this variant models the kernel. */
const SINCE: readonly (readonly [number, string])[] = [
  [6018, 'linux-7.3'],
  [6013, 'linux-6.17'],
  [6004, 'linux-6.12'],
  [6002, 'v6.2'],
  [6000, 'linux-6.1'],
  [5018, 'v5.18'],
  [5016, 'v5.16'],
  [5012, 'v5.12'],
  [5010, 'v5.10'],
  [5005, 'v5.5'],
];

/** The variant that models a kernel version. Throws a CallError for kernels without the mitigation's accounting. */
export function variant_for_kernel(kernel: string): string {
  if (kernel.endsWith('-fixed')) return 'linux-7.3-b30-fixed';
  const found = SINCE.find(([since]) => version_number(kernel) >= since);
  if (!found) throw new CallError(`no variant models kernel ${kernel}; the oldest is v5.5`);
  return found[1];
}

/** What a model says should have been observed. */
export interface Prediction {
  readonly splits: number;
  readonly pages_4k: number;
  readonly pages_2m: number;
  readonly pages_1g: number;
}

/** Why a prediction is wrong, or null. Splits and 2M pages must match exactly, 4K pages up to those of the stub. */
export function disagreement(trace: Trace, step: number, prediction: Prediction): string | null {
  const { splits, pages_4k, pages_2m, pages_1g } = prediction;
  const seen = trace.observed[step] as Stats;
  const seen_2m = seen.pages_2m - trace.start.pages_2m;
  if (splits !== seen.nx_lpage_splits) return `nx_lpage_splits ${splits}, the kernel ${seen.nx_lpage_splits}`;
  if (pages_2m !== seen_2m) return `pages_2m ${pages_2m}, the kernel ${seen_2m}`;
  if (pages_1g !== seen.pages_1g) return `pages_1g ${pages_1g}, the kernel ${seen.pages_1g}`;
  const { stub } = trace;
  if (stub.includes(seen.pages_4k - pages_4k)) return null;
  return `pages_4k ${pages_4k}, the kernel ${seen.pages_4k} with the stub's ${stub.join(' or ')}`;
}
