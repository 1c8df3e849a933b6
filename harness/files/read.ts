/** Files that people name: read with a bound, and told in one line where they are wrong. */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import type { z } from 'zod';
import { CallError, Interrupted } from '../errors';

/** Reads a file that must be JSON of this shape. Throws a CallError that names the file and the bad field. */
export function read_json<T>(file: string, schema: z.ZodType<T>, text = read_text(file)): T {
  let data: unknown;
  try {
    // What is called so is no property of what comes of it, and nobody would check it.
    const ghosts = /__proto__|\\u005f/i.test(text);
    data = JSON.parse(text, ghosts ? (key, value) => (key === '__proto__' ? no_ghost() : value) : undefined);
    no_twins(text);
  } catch (error) {
    throw new CallError(`${file} is not JSON: ${in_short((error as Error).message)}`);
  }
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  // A field that is not known is most likely one that is missing, misspelt: that is told first.
  const { issues } = parsed.error;
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0];
  throw new CallError(in_short(`${file}: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`));
}

function no_ghost(): never {
  throw new Error('it has a field "__proto__"');
}

/** Throws an error for a field that an object has twice: JSON.parse() keeps the last, and nobody checks the other. `text` is JSON. */
function no_twins(text: string): void {
  const objects: (Set<string> | null)[] = [];
  for (const [, key, opens, closes] of text.matchAll(
    /("[^"\\]*(?:\\.[^"\\]*)*")(?=\s*:)|"[^"\\]*(?:\\.[^"\\]*)*"|([{[])|([}\]])/g,
  )) {
    if (opens !== undefined) objects.push(opens === '{' ? new Set() : null);
    else if (closes !== undefined) objects.pop();
    else if (key !== undefined) {
      const name = JSON.parse(key) as string;
      const fields = objects.at(-1);
      if (fields?.has(name)) throw new Error(`it has the field ${JSON.stringify(name)} twice`);
      fields?.add(name);
    }
  }
}

/** What files say of themselves may be long. */
const in_short = (text: string): string => (text.length > 500 ? `${text.slice(0, 500)}…` : text);

/** Larger files are no fixture of anybody's. */
const MEGABYTES_AT_MOST = 16;
const BYTES_AT_MOST = MEGABYTES_AT_MOST * 2 ** 20;
/** A longer line is no recorded program of anybody's. */
const LINE_AT_MOST = 2 ** 20;
const CHUNK = 2 ** 16;

/** Reads a text file that is on a disk. Throws a CallError that names it, if it cannot be read or is too large. */
export const read_text = (file: string): string =>
  opened(file, (handle, stats) => {
    if (!stats.isFile()) throw new CallError(`${file} is no file on a disk`);
    const chunks = [...chunks_of(handle, file, BYTES_AT_MOST)];
    return without_mark(Buffer.concat(chunks).toString('utf8'));
  });

/**
 * Reads a text file that somebody has named: a pipe, too, and then as long as it takes, unless the signal aborts. Throws a
 * CallError that names it, or an Interrupted.
 */
export async function read_named(file: string, signal: AbortSignal): Promise<string> {
  const { is_pipe } = opened(file, (_, stats) => ({ is_pipe: stats.isFIFO() }));
  if (!is_pipe) return read_text(file);
  for (;;) {
    const text = await read_pipe(file, signal);
    // Nobody has it open for writing yet.
    if (text !== '') return without_mark(text);
    await setTimeout(WAIT_FOR_WRITER);
    if (signal.aborted) throw new Interrupted();
  }
}

/** A line of a file that may be long; its number begins with 1. */
export interface Line {
  readonly text: string;
  readonly number: number;
}

/** What a line says, or null if it is torn, no JSON, or of another shape. */
export function data_in<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

/** What a line says, of whatever shape. Throws a CallError in these words if it is torn or no JSON. */
export function json_in(line: string, otherwise: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new CallError(otherwise);
  }
}

/**
 * The lines of a file on a disk, one after the other, however many, without their ends: on its way a file may have got others. Lets
 * signals in. Throws as read_named() does.
 */
export async function* lines_of(file: string, signal: AbortSignal): AsyncGenerator<Line> {
  const handle = open(file);
  try {
    if (!fstatSync(handle).isFile()) {
      for (const [i, text] of (await read_named(file, signal)).split('\n').entries())
        yield { text: without_return(text), number: i + 1 };
      return;
    }
    let rest = Buffer.alloc(0);
    let number = 0;
    const next = (line: Buffer): Line => {
      const text = without_return(line.toString('utf8'));
      return { text: ++number === 1 ? without_mark(text) : text, number };
    };
    for (const chunk of chunks_of(handle, file, Number.POSITIVE_INFINITY)) {
      let data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10)) {
        yield next(data.subarray(0, end));
        data = data.subarray(end + 1);
      }
      rest = Buffer.from(data);
      if (rest.length > LINE_AT_MOST) {
        throw new CallError(`${file}:${number + 1}: the line is longer than ${LINE_AT_MOST / 2 ** 20} MB`);
      }
      await setImmediate();
      if (signal.aborted) throw new Interrupted();
    }
    if (rest.length > 0) yield next(rest);
  } finally {
    closeSync(handle);
  }
}

/** Milliseconds. */
const WAIT_FOR_WRITER = 50;

/** A mark at the beginning says how the text is encoded, and is no part of it. */
const without_mark = (text: string): string => text.replace(/^\ufeff/, '');

/** Lines may end with a carriage return before the line feed. */
const without_return = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line);

/** Opens without waiting for whoever writes a pipe. */
function open(file: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw unreadable(file, error);
  }
}

function opened<T>(file: string, use: (handle: number, stats: Stats) => T): T {
  const handle = open(file);
  try {
    return use(handle, fstatSync(handle));
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    closeSync(handle);
  }
}

const unreadable = (file: string, error: unknown): CallError =>
  error instanceof CallError
    ? error
    : new CallError(`cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? error}`);

/** What is in a file, counted while it is read: it may grow, or say that it is empty and go on for ever. */
function* chunks_of(handle: number, file: string, at_most: number): Generator<Buffer> {
  for (let bytes = 0; ; ) {
    const chunk = Buffer.alloc(CHUNK);
    let read = 0;
    try {
      read = readSync(handle, chunk);
    } catch (error) {
      throw unreadable(file, error);
    }
    if (read === 0) return;
    bytes += read;
    if (bytes > at_most) throw too_large(file);
    yield chunk.subarray(0, read);
  }
}

const too_large = (file: string): CallError =>
  new CallError(`${file} has more than the ${MEGABYTES_AT_MOST} MB that are read`);

function read_pipe(file: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new Socket({ fd: open(file), readable: true, writable: false });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const interrupt = () => socket.destroy(new Interrupted());
    signal.addEventListener('abort', interrupt);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > BYTES_AT_MOST) socket.destroy(too_large(file));
    });
    socket.on('error', (error) => reject(error instanceof Interrupted ? error : unreadable(file, error)));
    socket.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    socket.on('close', () => signal.removeEventListener('abort', interrupt));
    if (signal.aborted) interrupt();
  });
}
