/** QEMU's monitor: commands and answers, one JSON object in each line. */
import type { Duplex } from 'node:stream';
import { z } from 'zod';

export interface Monitor {
  /** What a command returns. Throws an Error with QEMU's message if it refuses, or if QEMU has ended. */
  ask(command: string, words?: object): Promise<unknown>;
}

const ANSWER = z.union([
  z.object({ QMP: z.unknown() }).transform(() => ({ kind: 'greeting' as const })),
  z.object({ event: z.string() }).transform(() => ({ kind: 'event' as const })),
  z
    .object({ error: z.object({ desc: z.string() }) })
    .transform(({ error }) => ({ kind: 'error' as const, why: error.desc })),
  z.object({ return: z.unknown() }).transform((answer) => ({ kind: 'return' as const, value: answer.return })),
]);

/** Opens a monitor. `ended`: resolves when QEMU has ended, after which nothing is answered. */
export async function open_monitor(stream: Duplex, ended: Promise<void>): Promise<Monitor> {
  const waiting: { done(value: unknown): void; fail(error: Error): void }[] = [];
  let rest = '';
  let gone = false;
  stream.on('data', (data: Buffer) => {
    const lines = (rest + data.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.trim() !== '')) take(line);
  });
  const take = (line: string) => {
    const parsed = ANSWER.safeParse(parse(line));
    if (!parsed.success || parsed.data.kind === 'error') {
      const why = parsed.success && parsed.data.kind === 'error' ? parsed.data.why : `QEMU says ${line.slice(0, 100)}`;
      waiting.shift()?.fail(new Error(why));
    } else if (parsed.data.kind === 'return') waiting.shift()?.done(parsed.data.value);
  };
  ended.then(() => {
    gone = true;
    for (const one of waiting.splice(0)) one.fail(new Error('QEMU has ended'));
  });
  const ask = (command: string, words: object = {}) =>
    new Promise<unknown>((done, fail) => {
      if (gone) return fail(new Error('QEMU has ended'));
      waiting.push({ done, fail });
      stream.write(`${JSON.stringify({ execute: command, arguments: words })}\n`);
    });
  await ask('qmp_capabilities');
  return { ask };
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
