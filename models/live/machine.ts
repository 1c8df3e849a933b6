/** A machine that runs programs on its own KVM: a virtual one, or this host. */
import { closeSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { CallError } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import type { World } from '../world/world';
import { initramfs, type RamdiskFile } from './initramfs';
import { load_order, module_bytes } from './modules';
import { type Answer, type Hello, message, parse_answer, parse_hello } from './protocol';
import { nameless_file, start_qemu } from './qemu';

/** What a program can be run on. */
export interface Machine {
  readonly hello: Hello;
  /** From the start to the first answer. */
  readonly boot_seconds: number;
  run(world: World, program: Program): Promise<Answer>;
  close(): Promise<void>;
}

/** A process with an agent in it. */
export interface Running {
  /** To the agent, and from it. */
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<void>;
  console(): string;
  /** Milliseconds that it has had to run: less than have passed where the host is short of processors. */
  clock(): number;
  /** Ends it, as gently as it can be done. */
  stop(): void;
}

/** Milliseconds of the machine's own: to boot, and for the slowest program; longer where 1G pages must be cleared. */
const BOOT_AT_MOST = 60_000;
const PROGRAM_AT_MOST = 60_000;
const GIANT_PROGRAM_AT_MOST = 600_000;
const LINES_OF_CONSOLE = 30;
/** A machine that gets less than this part of a processor is idle, not starved. */
const STARVED = 5;

/** What is booted. */
export interface Boot {
  readonly image: string;
  /** The folder of modules (`lib/modules/VERSION`); null: KVM is built in. */
  readonly modules: string | null;
  /** KVM's own parameters beside `nx_huge_pages=force`: `tdp_mmu=0`. */
  readonly params: readonly string[];
  readonly agent: string;
  /** Memory with a 1G page in it. */
  readonly giant: boolean;
}

/**
 * Boots once to see what it is; later boots follow each death, of the same ramdisk. Throws a CallError that says why it cannot
 * be used, or that KVM has not taken a parameter.
 */
export async function boot(config: Boot, now: () => number, stop: AbortSignal): Promise<Machine> {
  const params = ['nx_huge_pages=force', ...config.params];
  const files: RamdiskFile[] = [{ path: 'init', data: readFileSync(config.agent) }];
  if (config.modules !== null) {
    const order: string[] = [];
    for (const file of load_order(config.modules, ['virtio_pci', 'virtio_console', 'kvm_amd'])) {
      const name = basename(file, '.xz');
      order.push(name === 'kvm.ko' ? `${name} ${params.join(' ')}\n` : `${name}\n`);
      files.push({ path: `modules/${name}`, data: module_bytes(file) });
    }
    files.push({ path: 'modules/order', data: Buffer.from(order.join('')) });
  }
  const ramdisk = nameless_file(initramfs(files));
  const kernel_line = params.map((param) => `kvm.${param}`);
  if (config.giant) kernel_line.push('hugepagesz=1G', 'hugepages=1');
  const booting = talk_to(
    () => {
      const vm = start_qemu({
        image: config.image,
        ramdisk,
        kernel_line,
        megabytes: config.giant ? 6144 : 512,
      });
      const { agent, ended, kill } = vm;
      const began = now();
      const clock = () => Math.max(vm.busy(), (now() - began) / STARVED);
      return { input: agent, output: agent, ended, console: vm.console, clock, stop: kill };
    },
    now,
    stop,
    config.giant ? GIANT_PROGRAM_AT_MOST : PROGRAM_AT_MOST,
  );
  const machine = await booting.catch((error: unknown) => {
    closeSync(ramdisk);
    throw error;
  });
  const close = async () => {
    await machine.close();
    closeSync(ramdisk);
  };
  const wrong = not_taken(config.params, machine.hello.asked);
  if (wrong === null) return { ...machine, close };
  await close();
  throw new CallError(`--params ${wrong}`);
}

/** The first parameter that the module does not have, or has with another value; null if there is none. */
export function not_taken(params: readonly string[], asked: ReadonlyMap<string, string>): string | null {
  for (const param of params) {
    const [name = '', value = ''] = param.split('=');
    const found = asked.get(name) ?? asked.get(name.replaceAll('-', '_')) ?? '-';
    if (found === '-') return `${param}: this KVM has no parameter ${name} that can be read`;
    if (plain(found) !== plain(value)) return `${param}: KVM has ${found}`;
  }
  return null;
}

/** A value as the kernel takes it: 1 is Y, and numbers may be hexadecimal. */
function plain(value: string): string {
  if (/^(1|y|yes|on|true)$/i.test(value)) return 'Y';
  if (/^(0|n|no|off|false)$/i.test(value)) return 'N';
  return /^(0x[\da-f]+|\d+)$/i.test(value) ? String(Number(value)) : value;
}

/** A machine made by `start`, and made again after each death. A program that takes longer than `patience` ms hangs. */
export async function talk_to(
  start: () => Running,
  now: () => number,
  stop: AbortSignal,
  patience = PROGRAM_AT_MOST,
): Promise<Machine> {
  const began = now();
  let line = await connect(start(), stop);
  const boot_seconds = (now() - began) / 1000;
  let id = 0;
  return {
    hello: line.hello,
    boot_seconds,
    async run(world, program) {
      if (line.dead) line = await connect(start(), stop);
      const { lines, death } = await line.ask(message(++id, world, program), `done ${id}`, patience);
      // A kernel that has complained once may not do so again (WARN_ONCE), and may be out of its mind.
      if (death || lines.some((text) => text.startsWith('log '))) await line.end();
      return parse_answer(lines, death);
    },
    close: () => line.end(),
  };
}

interface Line {
  readonly hello: Hello;
  dead: boolean;
  /** Sends a message, and collects lines until the last one. */
  ask(text: string, last: string, patience: number): Promise<{ lines: string[]; death: Answer['death'] }>;
  end(): Promise<void>;
}

/** Waits for a machine's first words. Throws a CallError if they do not come, or say that it is of no use. */
async function connect(running: Running, stop: AbortSignal): Promise<Line> {
  const reader = new LineReader(running.output, running.clock);
  running.ended.then(() => reader.take({ end: 'the machine went down' }));
  // While it boots nobody looks at the signal; later whoever runs programs does, between them.
  const interrupt = () => running.stop();
  stop.addEventListener('abort', interrupt);
  const tail = () => running.console().trimEnd().split(/\r?\n/).slice(-LINES_OF_CONSOLE);
  const end = async () => {
    running.stop();
    await running.ended;
  };
  const { lines: hello, end: silence } = await reader.until((text) => /^(hello|unusable) /.test(text), BOOT_AT_MOST);
  stop.removeEventListener('abort', interrupt);
  const first = hello.at(-1) ?? '';
  if (silence !== null || first.startsWith('unusable')) {
    await end();
    const why = silence === null ? first.replace('unusable ', '') : `it does not boot: ${silence}`;
    const console_end = silence === null ? [] : tail().slice(-8);
    const more = console_end.length === 0 ? '' : '; the end of its console:';
    throw new CallError(
      `this kernel cannot be used: ${why}${more}`,
      console_end.map((text) => `  ${text}`),
    );
  }
  const line: Line = {
    hello: await greeting(first, end),
    dead: false,
    async ask(text, last, patience) {
      running.input.write(text);
      const answer = await reader.until((one) => one === last || one.startsWith('malformed'), patience);
      return { lines: answer.lines, death: answer.end === null ? null : { how: answer.end, console: tail() } };
    },
    async end() {
      line.dead = true;
      await end();
    },
  };
  return line;
}

async function greeting(first: string, end: () => Promise<void>): Promise<Hello> {
  try {
    return parse_hello(first.slice('hello '.length));
  } catch (error) {
    await end();
    throw error;
  }
}

/** Milliseconds between two looks at a machine's clock. */
const GLANCE = 100;

/** An answer is a line for each command, and what the kernel complains of meanwhile. */
const UNREAD_AT_MOST = 16 << 20;

/** A line, or why none will come. */
type Event = { readonly text: string } | { readonly end: string };

/** Cuts a stream into lines. */
class LineReader {
  readonly #events: Event[] = [];
  #rest = '';
  /** Bytes since somebody has last begun to wait for an answer. */
  #unread = 0;
  #waiting: ((event: Event) => void) | null = null;

  readonly #clock: () => number;

  constructor(stream: Readable, clock: () => number) {
    this.#clock = clock;
    stream.on('data', (data: Buffer) => {
      // Nobody has asked for so much: the rest is not even kept.
      this.#unread += data.length;
      if (this.#unread > UNREAD_AT_MOST) {
        this.#rest = '';
        this.take({ end: `it says more than ${UNREAD_AT_MOST >> 20} MB` });
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

  /** The lines up to and with the one that is `last`, or up to the end of patience (in ms) or of the machine. */
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
