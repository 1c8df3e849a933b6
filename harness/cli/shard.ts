/** `--shard I/N`: a command does a part of its work and prints what `merge` needs to put all parts together. */
import { createHash } from 'node:crypto';
import { CallError } from '../errors';
import { type Origin, type PartWriter, part_writer } from '../shard/part';
import { type Share, share_text } from '../shard/share';
import { share_of } from '../shard/which_share';
import type { Suite } from '../suite';
import { type Call, type Context, EXIT, type Terminal } from './cli';
import { json_line } from './json_line';
import type { Options } from './options';
import { quoted_line } from './quoted';

/** How results are shown. A shard shows none: these are options of `merge`. */
export const SHOWN = ['json', 'short', 'verbose', 'markdown', 'junit', 'ktap', 'html', 'all', 'save'] as const;

/** Options that are no part of what is run. */
const OWN = ['shard', 'journal', 'implementation', 'record', 'vms', ...SHOWN];

/** The shard that a call asks for, or null. Throws a CallError if there is no such shard, or the call wants more of it. */
export function share_flag(call: Call, { env }: Terminal): Share | null {
  const text = call.text('shard');
  if (text === undefined) return null;
  const share = share_of(text, env);
  if (!call.flag('json'))
    throw new CallError('--shard without --json: what a shard finds is shown by merge, which reads that');
  const shown = SHOWN.find((name) => name !== 'json' && (call.flag(name) || call.text(name) !== undefined));
  if (shown !== undefined) throw new CallError(`--shard and --${shown}: that is for merge, when all shards are done`);
  return share;
}

/** What a call is part of. `seed`: the one that is used, whether or not the call names it; null for none. */
export function origin_of<View>(
  command: string,
  options: Options,
  call: Call,
  { suite, own, code }: Pick<Context<View>, 'suite' | 'own' | 'code'>,
  seed: string | null,
  { build }: Pick<Terminal, 'build'>,
): Origin {
  const given = Object.keys(options).flatMap((name): [string, string | true][] => {
    if (OWN.includes(name) || name === 'seed') return [];
    const text = call.text(name);
    return text !== undefined ? [[name, text]] : call.flag(name) ? [[name, true]] : [];
  });
  return {
    command,
    words: call.words,
    options: Object.fromEntries(given),
    seed,
    ...identity_of(suite, build),
    own: own === null ? null : digest_of(code ?? null),
  };
}

/** Begins to print a shard. */
export function open_part<View>(
  command: string,
  options: Options,
  call: Call,
  context: Pick<Context<View>, 'suite' | 'own' | 'code'>,
  seed: string | null,
  share: Share,
  terminal: Terminal,
): PartWriter {
  return part_writer(origin_of(command, options, call, context, seed, terminal), share, (fields) => {
    const line = quoted_line(json_line(fields));
    terminal.out(line);
    return line;
  });
}

/** A shard that was cut short is not complete, and `merge` refuses it. The result is the exit code. */
export function shard_interrupted(terminal: Terminal): number {
  terminal.err('interrupted: the shard is not complete');
  return EXIT.interrupted;
}

/** The last of a shard: all of its results are written. The result is the exit code; the verdict is that of `merge`. */
export function shard_done(share: Share, part: PartWriter, terminal: Terminal): number {
  part.end();
  terminal.err(`shard ${share_text(share)} is done: merge says what it comes to`);
  return EXIT.good;
}

/** What must be the same where a shard is made and where it is put together. */
export const identity_of = <View>(
  suite: Suite<View>,
  build: string | undefined,
): Pick<Origin, 'build' | 'alphabet'> => ({
  build: build ?? 'unknown',
  alphabet: digest_of(suite.space.commands.map(({ name, weight, args }) => [name, weight, args.map(values_of)])),
});

const values_of = ({ key, values }: { readonly key: string; readonly values: readonly unknown[] }) => [key, values];

/** A short digest of plain data. */
export const digest_of = (data: unknown): string =>
  createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16);
