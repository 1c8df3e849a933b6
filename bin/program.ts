/** The whole program: the command line on this process's terminal, on a thread for each core. */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isatty } from 'node:tty';
import { EXIT } from '../harness/cli/cli';
import { worker_threads } from '../harness/pool/pool';
import { cache_folder } from './kvm/live/kernels';
import { main, type NewPool, type Subprocess } from './kvm/main';
import { RESULTS, start_inside } from './process/apart';
import { build_of } from './process/build';
import { painted, takes_colour } from './process/colour';
import { crash } from './process/crash';
import { ENDING_SIGNALS, type EndingSignal, ending_signals, NOBODY_READS } from './process/exit_code';
import { env, now } from './process/machine';
import { set_v8_flags } from './process/v8_flags';
import { is_watched } from './process/watched';

/** Seconds without a sign of life after which an implementation hangs; an honest command takes microseconds. */
const HANG_TIMEOUT_S = 5;

let left = false;

/** Ends it all at once, whatever timers an implementation has left behind. */
function leave(code: number): never {
  left = true;
  process.exit(code);
}

/** Whoever reads the output may stop reading it (`| head`): that is no failure of ours, and no verdict. */
function cannot_write({ code }: NodeJS.ErrnoException): never {
  if (code === 'EPIPE') leave(NOBODY_READS);
  process.stderr.write(`cannot write the output: ${code}\n`);
  leave(EXIT.failed);
}

/** A defect of the harness. */
function fail(error: unknown): void {
  console.error(error);
  leave(EXIT.failed);
}

/** Where results go; `end` runs when they are out. */
interface Results {
  /** Whether they go to a terminal, and how wide that is. */
  readonly is_terminal: boolean;
  readonly columns: number | undefined;
  write(text: string): void;
  end(then: () => void): void;
}

export function run_program(argv: readonly string[]): void {
  process.stdout.on('error', cannot_write);
  run(argv, {
    is_terminal: process.stdout.isTTY === true,
    columns: process.stdout.columns,
    write: (text) => void process.stdout.write(text),
    end: (then) => void process.stdout.write('', then),
  });
}

/** In a process that another has started for this: it ends when that one does. */
export function run_inside(argv: readonly string[]): void {
  process.on('disconnect', () => leave(EXIT.failed));
  // Its own stdout is another: of the terminal's width, stderr knows.
  const is_terminal = isatty(RESULTS);
  const columns = is_terminal ? process.stderr.columns : undefined;
  run(argv, { is_terminal, columns, write: write_all, end: (then) => then() });
}

/** Milliseconds until a pipe that is full is tried again. */
const FULL = 5;

/** Writes the whole text before it returns, as `process.stdout` does with pipes. */
function write_all(text: string): void {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(RESULTS, rest));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') cannot_write(error as NodeJS.ErrnoException);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL);
    }
  }
}

const BACK_AND_ERASE = '\r\u001b[K';
/** What fits a line of the terminal: the rest of a longer one could not be erased. */
const cut = (line: string): string => line.slice(0, (process.stderr.columns || 80) - 1);

function run(argv: readonly string[], results: Results): void {
  // An exit that is none of ours would look like a verdict.
  process.on('exit', () => {
    if (left) return;
    process.stderr.write('the process was ended before its time; does the implementation end it?\n');
    process.exitCode = EXIT.call;
  });
  // Nobody is left to tell, but what is found counts all the same.
  process.stderr.on('error', () => {});
  process.on('uncaughtException', fail);
  process.off('uncaughtException', crash);
  set_v8_flags();

  // The first Ctrl-C asks for an end with what was found so far; another, later, does not wait for it. A terminal and npm
  // may both pass on the same one.
  const interrupt = new AbortController();
  let interrupted = 0;
  let by: EndingSignal = 'SIGINT';
  for (const signal of ending_signals) {
    process.on(signal, () => {
      if (interrupt.signal.aborted && now() - interrupted > 1000) leave(ENDING_SIGNALS[by]);
      if (!interrupt.signal.aborted) {
        interrupted = now();
        by = signal;
      }
      interrupt.abort();
    });
  }

  // `npm --prefix … start` runs here, but the files it is given are the caller's.
  if (env['npm_lifecycle_event'] === 'start' && env['INIT_CWD']) process.chdir(env['INIT_CWD']);

  const watched = is_watched(process.stderr.isTTY, env);
  const colour = takes_colour(results.is_terminal, env);
  const terminal = {
    out: (line: string) => results.write(`${colour ? painted(line) : line}\n`),
    err: (line: string) => void process.stderr.write(`${line}\n`),
    progress: (line: string) => void (watched && process.stderr.write(`${BACK_AND_ERASE}${cut(line)}`)),
    now,
    columns: results.columns,
    env,
    cache: cache_folder({ env }),
    build: build_of(),
    signal: interrupt.signal,
  };
  const worker = join(__dirname, 'worker.js');
  const new_pool: NewPool = (own) => worker_threads(worker, availableParallelism(), own, HANG_TIMEOUT_S);
  const beside: Subprocess = async (words) => {
    const child = start_inside(words);
    const pass_on = () => void child.kill(by);
    interrupt.signal.addEventListener('abort', pass_on);
    const [code] = await once(child, 'exit');
    interrupt.signal.removeEventListener('abort', pass_on);
    return code ?? EXIT.failed;
  };

  // When the output is out.
  main(argv, terminal, new_pool, beside).then(
    (code) => results.end(() => leave(code === EXIT.interrupted ? ENDING_SIGNALS[by] : code)),
    fail,
  );
}
