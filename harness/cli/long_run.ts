/** `check --journal FILE`: a run notes how far it has come, and the same call goes on from there after it was killed. */
import { lstatSync } from 'node:fs';
import { z } from 'zod';
import { type Lane, new_lane, run_lanes } from '../campaign/long_run';
import type { CampaignRequest, ShardOutcome } from '../campaign/search';
import { CallError } from '../errors';
import { data_in, lines_of } from '../files/read';
import type { Pool } from '../pool/pool';
import { parse_case } from '../program/case';
import type { Seen } from '../run/shard';
import { OUTCOME } from '../shard/outcome';
import { differences, ORIGIN, type Origin } from '../shard/part';
import type { Suite } from '../suite';
import { is_written } from './claim';
import type { Terminal } from './cli';
import { ENTRY, HEAD, line_of, type Progress } from './journal';
import { lives, MYSELF } from './whose';

/** What a run has left in its journal. */
export interface Left {
  /** What it ran; null if it was killed before it noted that. */
  readonly origin: Origin | null;
  /** Empty: it had none yet. */
  readonly lanes: readonly Lane[];
  /** Seconds that it took, with what it went on from. */
  readonly spent: number;
  /** By implementation and property, the first case that is noted. */
  readonly seen: ReadonlyMap<string, number>;
}

const NOTHING: Left = { origin: null, lanes: [], spent: 0, seen: new Map() };

/** More threads than any machine has. */
const LANES_AT_MOST = 10_000;
const CAMPAIGN = z.object({ version: z.literal(1), campaign: ORIGIN, lanes: z.int().min(1).max(LANES_AT_MOST) });
const WRITER = z.object({
  version: z.literal(1),
  process: z.object({ pid: z.int(), start: z.string(), place: z.string() }),
});
const REACHED = z.object({
  version: z.literal(1),
  lane: z.int().min(0),
  next: z.int().min(0),
  spent: z.number().min(0),
  outcome: OUTCOME,
});
const LINE = z.union([ENTRY, CAMPAIGN, WRITER, REACHED]);

/**
 * Reads the journal of a run of this command that was ended, and opens it to go on. A last line that is torn is left out. Throws a
 * CallError that names the file if it is no such journal, or if somebody still writes it.
 */
export async function read_left(command: string, progress: Progress, signal: AbortSignal): Promise<Left> {
  const { file, left, go_on } = progress;
  if (!left) return NOTHING;
  const { size } = lstatSync(file);
  let bytes = 0;
  let begun = false;
  let left_over = NOTHING;
  let writer: z.infer<typeof WRITER>['process'] | null = null;
  const seen = new Map<string, number>();
  for await (const { text, number } of lines_of(file, signal)) {
    const end = bytes + Buffer.byteLength(text) + 1;
    if (end > size) {
      if (!begun && !is_torn_head(text)) throw no_journal(file, command);
      break;
    }
    if (!begun) {
      const call = data_in(HEAD, text)?.call;
      if (!call) throw no_journal(file, command);
      if (call[0] !== command)
        throw new CallError(`${file} is the journal of another run: ${call.join(' ').slice(0, 200)}`);
      begun = true;
    } else {
      const line = data_in(LINE, text);
      if (line === null) throw new CallError(`${file}:${number} is no line of a journal`);
      if ('process' in line) writer = line.process;
      else if ('campaign' in line)
        left_over = {
          ...left_over,
          origin: line.campaign,
          lanes: Array.from({ length: line.lanes }, (_, i) => new_lane(i)),
        };
      else if ('lane' in line) {
        const { lane, next, spent, outcome } = line;
        if (lane >= left_over.lanes.length) throw new CallError(`${file}:${number} is no line of a journal`);
        left_over = { ...left_over, spent, lanes: left_over.lanes.with(lane, { next, outcome }) };
      } else if (line.case !== null) note_first(seen, line.variant, line.property, parse_case(line.case)?.index ?? 0);
    }
    bytes = end;
  }
  if (writer && writer.pid !== MYSELF.pid && lives(writer) === true) throw is_written(file, writer);
  if (seen.size > 0 && left_over.origin === null)
    throw new CallError(`${file} has findings, but not how far its run has come: choose another name`);
  go_on(bytes);
  return { ...left_over, seen };
}

const no_journal = (file: string, command: string): CallError =>
  new CallError(`${file} is no journal of ${command}, and is not overwritten: choose another name`);

/** Whether a file may have been left by a run that was killed while it wrote its first line. */
function is_torn_head(text: string): boolean {
  const head = line_of({ call: [] }).slice(0, -4);
  return head.startsWith(text) || text.startsWith(head);
}

/** Notes the case if it is the first that is known. Returns whether it is. */
function note_first(seen: Map<string, number>, variant: string, property: string, index: number): boolean {
  const key = `${variant}\n${property}`;
  if (index >= (seen.get(key) ?? Number.POSITIVE_INFINITY)) return false;
  seen.set(key, index);
  return true;
}

/** Runs what is left of a campaign. */
export type LongRun = <View>(
  suite: Suite<View>,
  pool: Pool,
  wanted: CampaignRequest,
  tell: (seen: Seen) => void,
) => Promise<ShardOutcome[]>;

/** Begins, or goes on. Throws a CallError if what is left is of another campaign than this one. */
export function long_run(progress: Progress, left: Left, origin: Origin, { now, err }: Terminal): LongRun {
  const [why] = left.origin === null ? [] : differences(left.origin, origin);
  if (why !== undefined) throw new CallError(`${progress.file} is the journal of another run: ${why}`);
  const began = now();
  const spent = () => left.spent + (now() - began) / 1000;
  return async (suite, pool, wanted, tell) => {
    const lanes = left.lanes.length > 0 ? left.lanes : Array.from({ length: pool.size }, (_, index) => new_lane(index));
    if (left.origin === null) progress.note({ campaign: origin, lanes: lanes.length });
    else {
      const cases = lanes.reduce((sum, { next }, index) => sum + Math.floor((next - index) / lanes.length), 0);
      err(`going on with ${progress.file}: ${cases} programs were run before, in ${Math.round(left.spent)} s`);
    }
    progress.note({ process: MYSELF });
    const seen = new Map(left.seen);
    const came = await run_lanes(suite, pool, wanted, lanes, {
      spent,
      keep: (lane, { next, outcome }) => progress.note({ lane, next, spent: spent(), outcome }),
      // A slice does not know what those before it have seen.
      tell: (one) => {
        if (note_first(seen, one.variant, one.property, one.case)) tell(one);
      },
    });
    return came.map(({ outcome }) => outcome);
  };
}
