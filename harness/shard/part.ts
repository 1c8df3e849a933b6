/**
 * What a shard leaves behind: lines of JSON. The first says which shard of what it is, each of the others but the last has a part
 * of its results, and the last says that nothing is missing, and has a digest of all lines before it.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { counted } from '../counted';
import { CallError } from '../errors';
import { json_in, lines_of } from '../files/read';
import { SHARES_AT_MOST, type Share, share_text } from './share';

/** What a share is part of. All shares of one campaign say the same. */
export interface Origin {
  /** The command, its words, and its options as they were given; those that say how results are shown are left out. */
  readonly command: string;
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string | true>>;
  /** The seed; null for a command that has none of its own. */
  readonly seed: string | null;
  /** Which build of the program it was. */
  readonly build: string;
  /** Digests of the commands that programs are made of, and of the user's own implementation (null: there is none). */
  readonly alphabet: string;
  readonly own: string | null;
}

/** A share that has been read. */
export interface Part extends Origin {
  readonly file: string;
  readonly share: Share;
  /** By key, a part of the results. */
  readonly results: ReadonlyMap<string, unknown>;
}

/** A line of a share's file goes up to here. */
const TEXT = 10_000;
const VERSION = z.literal(1);
/** How an Origin is written down. */
export const ORIGIN = z.object({
  command: z.string().max(TEXT),
  words: z.array(z.string().max(TEXT)),
  options: z.record(z.string(), z.union([z.string().max(TEXT), z.literal(true)])),
  seed: z.string().max(TEXT).nullable(),
  build: z.string().max(TEXT),
  alphabet: z.string().max(TEXT),
  own: z.string().max(TEXT).nullable(),
});
const HEAD = ORIGIN.extend({
  version: VERSION,
  shard: z.object({ index: z.int().min(1).max(SHARES_AT_MOST), of: z.int().min(1).max(SHARES_AT_MOST) }),
});
const RESULT = z.object({ version: VERSION, part: z.string(), result: z.unknown() });
const END = z.object({ version: VERSION, end: z.int(), sha256: z.string() });

/** Writes a share, line by line. */
export interface PartWriter {
  keep(key: string, result: unknown): void;
  /** The share is complete. */
  end(): void;
}

/** `write` gets each line as an object, without the version of the form, and returns the line's text. */
export function part_writer(origin: Origin, share: Share, write: (fields: object) => string): PartWriter {
  const digest = createHash('sha256');
  let parts = 0;
  const { command, words, options, seed, build, alphabet, own } = origin;
  const shard = { index: share.index + 1, of: share.of };
  digest.update(`${write({ shard, command, words, options, seed, build, alphabet, own })}\n`);
  return {
    keep(part, result) {
      parts++;
      digest.update(`${write({ part, result })}\n`);
    },
    end: () => void write({ end: parts, sha256: digest.digest('hex') }),
  };
}

/** Reads a share. Throws a CallError that names the file if it is none, not complete, or changed. */
export async function read_part(file: string, signal: AbortSignal): Promise<Part> {
  let part: Part | null = null;
  const results = new Map<string, unknown>();
  const digest = createHash('sha256');
  let ended = false;
  for await (const { text, number } of lines_of(file, signal)) {
    if (text === '') continue;
    const torn = number > 1 ? `${file} is not complete: line ${number} is torn` : `${file} is no shard: it is not JSON`;
    const data = json_in(text, torn);
    if (!part) {
      digest.update(`${text}\n`);
      const head = HEAD.safeParse(data);
      if (!head.success) throw new CallError(`${file} is no shard: wanted what a call with --shard and --json prints`);
      const { shard, ...origin } = head.data;
      part = { ...origin, file, share: { index: shard.index - 1, of: shard.of }, results };
      if (part.share.index >= part.share.of)
        throw new CallError(`${file}: there is no shard ${share_text(part.share)}`);
      continue;
    }
    if (ended) throw new CallError(`${file}:${number}: the shard has ended before this line; is it two files in one?`);
    const end = END.safeParse(data);
    if (end.success) {
      if (end.data.end !== results.size)
        throw new CallError(
          `${file} is not complete: its last line counts ${counted(end.data.end, 'part')}, and there are ${results.size}`,
        );
      if (end.data.sha256 !== digest.digest('hex'))
        throw new CallError(`${file} is changed: its lines are not those that its shard has printed`);
      ended = true;
      continue;
    }
    const result = RESULT.safeParse(data);
    if (!result.success) throw new CallError(`${file}:${number} is no part of a shard's results`);
    digest.update(`${text}\n`);
    results.set(result.data.part, result.data.result);
  }
  if (!part) throw new CallError(`${file} is empty: wanted what a call with --shard and --json prints`);
  if (!ended)
    throw new CallError(`${file} is not complete: shard ${share_text(part.share)} was ended before it was done`);
  return part;
}

/** All shares of one campaign, in order. Throws a CallError if one is missing or twice, or if they are of several campaigns. */
export function whole_of(parts: readonly Part[]): Part[] {
  const [first, ...others] = parts;
  if (!first) throw new CallError('merge: no file is named; wanted the shards of a campaign');
  for (const other of others) check_same(first, other);
  const ordered: Part[] = [];
  for (const part of parts) {
    const { index } = part.share;
    const before = ordered[index];
    if (before) throw new CallError(`${before.file} and ${part.file} both are shard ${share_text(part.share)}`);
    ordered[index] = part;
  }
  const missing = Array.from({ length: first.share.of }, (_, index) => index).filter((index) => !ordered[index]);
  if (missing.length === 0) return ordered;
  const names = missing.slice(0, 8).map((index) => share_text({ index, of: first.share.of }));
  const more = missing.length > names.length ? ` and ${missing.length - names.length} more` : '';
  throw new CallError(`shards are missing: ${names.join(', ')}${more}`);
}

function check_same(one: Part, other: Part): void {
  const shards =
    one.share.of === other.share.of ? [] : [`the numbers of shards are ${one.share.of} and ${other.share.of}`];
  const [why] = [...differences(one, other), ...shards];
  if (why !== undefined) throw new CallError(`${one.file} and ${other.file} do not belong together: ${why}`);
}

/** What tells two campaigns apart, each difference in words ("the seeds are main and other"); nothing if they are one. */
export function differences(one: Origin, other: Origin): string[] {
  const parts: readonly (readonly [string, (origin: Origin) => string])[] = [
    ['the builds are', ({ build }) => build],
    ['the digests of the alphabets are', ({ alphabet }) => alphabet],
    ['the commands are', ({ command, words }) => [command, ...words].join(' ')],
    ['the seeds are', ({ seed }) => seed ?? 'none'],
    ["the digests of the user's own implementations are", ({ own }) => own ?? 'none'],
    ['the options are', ({ options }) => JSON.stringify(options)],
  ];
  return parts.flatMap(([what, of]) => (of(one) === of(other) ? [] : [`${what} ${of(one)} and ${of(other)}`]));
}
