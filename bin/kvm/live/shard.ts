/** `live --shard`: a share of the cases on a kernel. Whoever puts the shards together needs no kernel: what it did is kept. */
import { z } from 'zod';
import { search_behind } from '../../../harness/campaign/port';
import type { Call, Terminal } from '../../../harness/cli/cli';
import type { Ledger } from '../../../harness/cli/ledger';
import { shard_done, shard_interrupted } from '../../../harness/cli/shard';
import { CallError } from '../../../harness/errors';
import { result_in } from '../../../harness/shard/outcome';
import type { Part, PartWriter } from '../../../harness/shard/part';
import { type FromShards, from_shards, share_of_port, type Written } from '../../../harness/shard/port';
import type { Share } from '../../../harness/shard/share';
import type { Machine, Touched } from '../../../models/live/machine';
import type { Answer } from '../../../models/live/protocol';
import { live_runner } from '../../../models/live/runner';
import { type Run, run_live, type Target } from '../../../models/live/target';
import { SUITE } from '../suite';

const MACHINE = 'machine';
const COUNT = z.number();
const HELLO = z.object({
  release: z.string(),
  version: z.string(),
  tdp_mmu: z.boolean(),
  nested: z.boolean(),
  params: z.string(),
  asked: z.array(z.tuple([z.string(), z.string()])),
});
const KEPT_MACHINE = z.object({
  hello: HELLO,
  boot_seconds: z.number(),
  fresh: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('restored'), seconds: z.number() }),
    z.object({ kind: z.literal('anew'), why: z.string() }),
  ]),
  touched: z.array(
    z.object({ name: z.string(), state: z.string(), times: z.number(), programs: z.number(), of: z.number() }),
  ),
});

const STATS = z.object({
  nx_lpage_splits: COUNT,
  pages_4k: COUNT,
  pages_2m: COUNT,
  pages_1g: COUNT,
  remote_tlb_flush_requests: COUNT,
  pf_taken: COUNT,
});
const OUTCOME = z.object({
  kind: z.enum(['ok', 'cannot', 'failed', 'unusable']),
  stats: STATS.nullable(),
  why: z.string(),
  log: z.array(z.string()),
});
const ANSWER = z.object({
  start: OUTCOME,
  steps: z.array(OUTCOME),
  death: z.object({ how: z.string(), console: z.array(z.string()) }).nullable(),
  armed: z.boolean().optional(),
});

const NOTHING: Answer = { start: { kind: 'ok', stats: null, why: '', log: [] }, steps: [], death: null };

/** Runs as shards keep them: the kernel's answer. What it means is judged again. */
const written = (target: Target): Written<Run> => ({
  write: ({ answer: { start, steps, death, armed } }) => ({
    start,
    steps,
    death,
    ...(armed !== undefined && { armed }),
  }),
  read(data, program) {
    const { armed, ...kept } = ANSWER.parse(data);
    const answer: Answer = { ...kept, ...(armed !== undefined && { armed }) };
    return run_live({ ...target, machine: { ...target.machine, run: async () => answer } }, program);
  },
  verdicts: (judged) => ({ ...judged, answer: NOTHING, seen: [] }),
});

/** Runs the share, and prints it. */
export async function share_kernel(
  target: Target,
  wanted: Parameters<typeof share_of_port<Run>>[1],
  share: Share,
  part: PartWriter,
  terminal: Terminal,
  ledger: Ledger,
): Promise<number> {
  const runner = live_runner(target);
  const mine = Math.max(0, Math.ceil((wanted.cases - share.index) / share.of));
  const programs = await search_behind(runner, (one) => share_of_port(one, wanted, share, written(target), part.keep), {
    ...wanted,
    share,
  });
  if (terminal.signal.aborted) return shard_interrupted(terminal);
  if (mine > 0) {
    ledger.ask('programs', mine);
    ledger.done('programs', programs);
  }
  ledger.ask('shards', 1);
  ledger.done('shards', 1);
  const { hello, boot_seconds, fresh, touched } = target.machine;
  part.keep(MACHINE, { hello: { ...hello, asked: [...hello.asked] }, boot_seconds, fresh, touched });
  return shard_done(share, part, terminal);
}

/** The kernel of the shards, which all must have run the same. It runs nothing. */
export function machine_of_shards(parts: readonly Part[]): Machine {
  const machines = parts.map((part) => result_in(part, MACHINE, KEPT_MACHINE));
  const [first] = machines as [z.infer<typeof KEPT_MACHINE>];
  const other = machines.findIndex(({ hello }) => JSON.stringify(hello) !== JSON.stringify(first.hello));
  if (other > 0) {
    const [one, two] = [first, machines[other]].map((one) => `${one?.hello.release} (${one?.hello.params})`);
    throw new CallError(`${parts[0]?.file} and ${parts[other]?.file} are of two kernels: ${one} and ${two}`);
  }
  const touched = new Map<string, Touched>();
  for (const one of machines.flatMap((machine) => machine.touched)) {
    const { times = 0, programs = 0, of = 0 } = touched.get(one.name) ?? {};
    const sum = { times: times + one.times, programs: programs + one.programs, of: of + one.of };
    touched.set(one.name, { ...one, ...sum });
  }
  const { hello, boot_seconds, fresh } = first;
  return {
    hello: { ...hello, asked: new Map(hello.asked) },
    boot_seconds,
    fresh,
    vms: 1,
    touched: [...touched.values()],
    run: () => Promise.reject(new Error('a kernel of shards runs nothing')),
    close: async () => {},
  };
}

/** What runs the programs of a search: the kernel, or what shards have kept of it. */
export const runner_of = (
  target: Target,
  { parts }: Call,
): Pick<FromShards<Run>, 'runner'> & Partial<FromShards<Run>> =>
  parts ? from_shards(SUITE, live_runner(target), parts, written(target)) : { runner: live_runner(target) };
