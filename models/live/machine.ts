/** A machine that runs programs on its own KVM: virtual ones, or this host. */
import type { Readable, Writable } from 'node:stream';
import { CallError } from '../../harness/errors';
import type { Program } from '../../harness/program/command';
import type { World } from '../world/world';
import { LineReader } from './line_reader';
import { type Answer, type Hello, message, parse_answer, parse_hello, parse_touched, type Watching } from './protocol';

/** What a program can be run on. */
export interface Machine {
  readonly hello: Hello;
  /** From the start to the first answer. */
  readonly boot_seconds: number;
  /** How it is started afresh. */
  readonly fresh: Fresh;
  /** Number of programs that it runs at a time, each on a virtual machine of its own. */
  readonly vms: number;
  /** The functions that are watched, with how often they ran in all programs that were run; none if none are. */
  readonly touched: readonly Touched[];
  run(world: World, program: Program): Promise<Answer>;
  close(): Promise<void>;
}

/** A function of the kernel's that is watched. */
export interface Touched {
  readonly name: string;
  /** `ok`; or why it cannot be watched: absent, several of that name, refused. */
  readonly state: string;
  /** How often it ran, and in how many programs of all that were run. */
  readonly times: number;
  readonly programs: number;
  readonly of: number;
}

/** From a snapshot, and how many seconds that takes; or anew, and why there is no snapshot. */
export type Fresh =
  | { readonly kind: 'restored'; readonly seconds: number }
  | { readonly kind: 'anew'; readonly why: string };

/** A process with an agent in it. */
export interface Running {
  /** To the agent, and from it. */
  readonly input: Writable;
  readonly output: Readable;
  readonly ended: Promise<void>;
  /** It goes on from where it has been before: its greeting must be asked for. */
  readonly restored?: boolean;
  console(): string;
  /** Milliseconds that it has had to run: less than have passed where the host is short of processors. */
  clock(): number;
  /** Ends it, as gently as it can be done. */
  stop(): void;
}

/** Starts a machine. Throws a CallError that says why it cannot. */
export type Start = () => Running | Promise<Running>;

/** Milliseconds of the machine's own: to boot, and for the slowest program. */
const BOOT_AT_MOST = 60_000;
const PROGRAM_AT_MOST = 60_000;
const LINES_OF_CONSOLE = 30;

/** A machine whose agent has greeted. */
export interface Line {
  readonly hello: Hello;
  readonly watching: Watching;
  dead: boolean;
  /** Sends a message, and collects lines until the last one. */
  ask(text: string, last: string, patience: number): Promise<{ lines: string[]; death: Answer['death'] }>;
  end(): Promise<void>;
}

export interface Fleet {
  /** Milliseconds after which a program hangs. */
  readonly patience?: number;
  /** Number of machines. */
  readonly vms?: number;
  readonly fresh?: Fresh;
  /** Names of functions to be watched. */
  readonly watch?: readonly string[];
}

const ANEW: Fresh = { kind: 'anew', why: 'nobody has kept its state' };

/** Machines made by `start`, and made again after each death. */
export async function talk_to(start: Start, now: () => number, stop: AbortSignal, fleet: Fleet = {}): Promise<Machine> {
  const began = now();
  const first = await connect(await start(), stop, fleet.watch);
  return fleet_of(first, (now() - began) / 1000, start, stop, fleet);
}

const CLOSED = 'the machine has been closed';

/** A place for a machine: it is started when it is needed first, and again when it is dead. */
interface Berth {
  line: Promise<Line> | null;
}

/** `first` runs, the others follow when there is something for them to do. */
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
    // Whoever asks next tries again.
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
    // A kernel that has complained once may not do so again (WARN_ONCE), and may be out of its mind.
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

/** Waits for a machine's first words. Throws a CallError if they do not come, or say that it is of no use. */
export async function connect(running: Running, stop: AbortSignal, watch: readonly string[] = []): Promise<Line> {
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

/** Has functions watched. Throws a CallError if none can be, or the machine does not say. */
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

/** What is read; ends the machine if it cannot be. */
async function or_end<T>(read: () => T, end: () => Promise<void>): Promise<T> {
  try {
    return read();
  } catch (error) {
    await end();
    throw error;
  }
}
