/** A machine that runs programs on its own KVM: virtual ones, or this host. */
import type { Readable, Writable } from 'node:stream';
import { CallError } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import type { World } from '../world/world';
import { LineReader } from './line_reader';
import { type Answer, type Hello, message, parse_answer, parse_hello, parse_touched, type Watching } from './protocol';

/** A machine on which programs can be run. */
export interface Machine {
  readonly hello: Hello;
  /** Seconds from the start to the first answer. */
  readonly boot_seconds: number;
  /** How it is started again. */
  readonly fresh: Fresh;
  /** Number of programs that it can run at a time, each on its own virtual machine. */
  readonly vms: number;
  /** The watched functions, and how often each ran in all programs so far. Empty if none are watched. */
  readonly touched: readonly Touched[];
  run(world: World, program: Program): Promise<Answer>;
  close(): Promise<void>;
}

/** A watched function of the kernel. */
export interface Touched {
  readonly name: string;
  /** `ok`, or why it cannot be watched: absent, several of that name, refused. */
  readonly state: string;
  /** How often it ran, and in how many of the programs. */
  readonly times: number;
  readonly programs: number;
  readonly of: number;
}

/** From a snapshot, and how many seconds that takes; or by booting, and why there is no snapshot. */
export type Fresh =
  | { readonly kind: 'restored'; readonly seconds: number }
  | { readonly kind: 'anew'; readonly why: string };

/** A process that runs an agent. */
export interface Running {
  /** Streams to the agent, and from it. */
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<void>;
  /** It was restored from a snapshot, so the agent sends its greeting only on request. */
  readonly restored?: boolean;
  console(): string;
  /** The time, in milliseconds, that it could run: less than the elapsed time if the host has too few processors. */
  clock(): number;
  /** Ends it, as gently as possible. */
  stop(): void;
}

/** Starts a machine. Throws a CallError with the reason if that fails. */
export type Start = () => Running | Promise<Running>;

/** Time limits, in milliseconds of the machine's own clock: for booting, and for the slowest program. */
const BOOT_AT_MOST = 60_000;
const PROGRAM_AT_MOST = 60_000;
const LINES_OF_CONSOLE = 30;

/** A connection to a machine whose agent has sent its greeting. */
export interface Line {
  readonly hello: Hello;
  readonly watching: Watching;
  dead: boolean;
  /** Sends a message, and collects the lines up to the last one. */
  ask(text: string, last: string, patience: number): Promise<{ lines: string[]; death: Answer['death'] }>;
  end(): Promise<void>;
}

export interface Fleet {
  /** Milliseconds after which a program counts as hung. */
  readonly patience?: number;
  /** Number of machines. */
  readonly vms?: number;
  readonly fresh?: Fresh;
  /** Names of functions to watch. */
  readonly watch?: readonly string[];
}

const ANEW: Fresh = { kind: 'anew', why: 'no state after the boot was saved' };

/** Machines started by `start`, and started again whenever one dies. */
export async function talk_to(start: Start, now: () => number, stop: AbortSignal, fleet: Fleet = {}): Promise<Machine> {
  const began = now();
  const first = await connect(await start(), stop, fleet.watch);
  return fleet_of(first, (now() - began) / 1000, start, stop, fleet);
}

const CLOSED = 'the machine has been closed';

/** The place of one machine in a fleet: it is started when first needed, and again after it died. */
interface Berth {
  line: Promise<Line> | null;
}

/** The machine `first` already runs; the others start when there is work for them. */
export function fleet_of(
  first: Line,
  boot_seconds: number,
  start: Start,
  stop: AbortSignal,
  { patience = PROGRAM_AT_MOST, vms = 1, fresh = ANEW, watch = [] }: Fleet,
): Machine {
  const berths: Berth[] = [{ line: Promise.resolve(first) }];
  while (berths.length < vms) berths.push({ line: null });
  const idle = [...berths].reverse();
  const waiting: ((berth: Berth) => void)[] = [];
  let touched = [...first.watching].map(([name, state]): Touched => ({ name, state, times: 0, programs: 0, of: 0 }));
  const count = (ran: Answer['ran']) => {
    touched = touched.map((one) => {
      const times = ran?.get(one.name) ?? 0;
      return { ...one, times: one.times + times, programs: one.programs + Math.sign(times), of: one.of + 1 };
    });
  };
  let closed = false;
  let id = 0;
  const line_at = async (berth: Berth): Promise<Line> => {
    const there = await berth.line;
    if (there && !there.dead) return there;
    if (closed) throw new CallError(CLOSED);
    berth.line = Promise.resolve(start()).then((running) => connect(running, stop, watch));
    // The next request tries to start it again.
    berth.line.catch(() => {
      berth.line = null;
    });
    return berth.line;
  };
  const run_at = async (berth: Berth, world: World, program: Program): Promise<Answer> => {
    if (closed) throw new CallError(CLOSED);
    const line = await line_at(berth);
    const mine = ++id;
    const { lines, death } = await line.ask(message(mine, world, program), `done ${mine}`, patience);
    const answer = parse_answer(lines, death);
    count(answer.ran);
    // A kernel that has complained may not do so a second time (WARN_ONCE), and its state may be corrupted.
    const complained = lines.some((text) => text.startsWith('log '));
    if (death || (complained && !answer.armed)) await line.end();
    return answer;
  };
  return {
    hello: first.hello,
    boot_seconds,
    fresh,
    vms,
    get touched() {
      return touched;
    },
    async run(world, program) {
      const berth = idle.pop() ?? (await new Promise<Berth>((resolve) => waiting.push(resolve)));
      try {
        return await run_at(berth, world, program);
      } finally {
        const next = waiting.shift();
        if (next) next(berth);
        else idle.push(berth);
      }
    },
    async close() {
      closed = true;
      const lines = await Promise.all(berths.map(async ({ line }) => line?.catch(() => null)));
      await Promise.all(lines.map((line) => line?.end()));
    },
  };
}

/** Waits for a machine's greeting. Throws a CallError if none comes, or if it says that the machine cannot be used. */
export async function connect(running: Running, stop: AbortSignal, watch: readonly string[] = []): Promise<Line> {
  const reader = new LineReader(running.output, running.clock);
  running.ended.then(() => reader.take({ end: 'the machine went down' }));
  // While it boots, nothing else checks the signal; later, the caller checks it between programs.
  const interrupt = () => running.stop();
  stop.addEventListener('abort', interrupt);
  const tail = () => running.console().trimEnd().split(/\r?\n/).slice(-LINES_OF_CONSOLE);
  const end = async () => {
    running.stop();
    await running.ended;
  };
  if (running.restored) running.input.write('hello\n');
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
    hello: await or_end(() => parse_hello(first.slice('hello '.length)), end),
    watching: watch.length === 0 ? new Map() : await watching(running, reader, watch, end),
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

/** Asks the agent to watch functions. Throws a CallError if none can be watched, or if the agent does not answer. */
async function watching(
  { input }: Running,
  reader: LineReader,
  names: readonly string[],
  end: () => Promise<void>,
): Promise<Watching> {
  input.write(`touched ${names.join(' ')}\n`);
  const { lines, end: silence } = await reader.until((text) => text.startsWith('touched'), PROGRAM_AT_MOST);
  return or_end(() => {
    if (silence !== null) throw new CallError(`--touched: ${silence}`);
    return parse_touched(lines.at(-1) ?? '');
  }, end);
}

/** Returns the result of `read`. If `read` throws, ends the machine first. */
async function or_end<T>(read: () => T, end: () => Promise<void>): Promise<T> {
  try {
    return read();
  } catch (error) {
    await end();
    throw error;
  }
}
