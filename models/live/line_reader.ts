/** Reads a machine's output line by line. */
import type { Readable } from 'node:stream';

/** Milliseconds between two looks at the machine's clock. */
const GLANCE = 100;

/** The limit, in bytes, of one answer: a line for each command, and the kernel's complaints in between. */
const UNREAD_AT_MOST = 16 << 20;

/** A line, or the reason why there will be none. */
type Event = { readonly text: string } | { readonly end: string };

/** Splits a stream into lines. */
export class LineReader {
  readonly #events: Event[] = [];
  #rest = '';
  /** Bytes received since the last time that a caller began to wait for an answer. */
  #unread = 0;
  #waiting: ((event: Event) => void) | null = null;

  readonly #clock: () => number;

  constructor(stream: Readable, clock: () => number) {
    this.#clock = clock;
    stream.on('data', (data: Buffer) => {
      // No answer is so long, so the rest is discarded.
      this.#unread += data.length;
      if (this.#unread > UNREAD_AT_MOST) {
        this.#rest = '';
        this.take({ end: `its answer is longer than ${UNREAD_AT_MOST >> 20} MB` });
        stream.destroy();
        return;
      }
      const lines = (this.#rest + data.toString('utf8')).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const text of lines) this.take({ text });
    });
  }

  take(event: Event): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting) waiting(event);
    else this.#events.push(event);
  }

  /**
   * The lines up to and including the one for which `last` is true; or up to the time limit (`patience`, in ms) or the
   * end of the machine.
   */
  async until(last: (line: string) => boolean, patience: number): Promise<{ lines: string[]; end: string | null }> {
    const lines: string[] = [];
    this.#unread = 0;
    const began = this.#clock();
    const timer = setInterval(() => {
      if (this.#clock() - began >= patience) this.take({ end: `no answer for ${patience / 1000} s` });
    }, GLANCE);
    try {
      for (;;) {
        const event = await this.#next();
        if ('end' in event) return { lines, end: event.end };
        lines.push(event.text);
        if (last(event.text)) return { lines, end: null };
      }
    } finally {
      clearInterval(timer);
    }
  }

  #next(): Promise<Event> {
    const event = this.#events.shift();
    if (event) return Promise.resolve(event);
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }
}
