/** Where work is done: in this thread, or in one on each core, where a watchdog sees to it that it comes to an end. */
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker, workerData } from 'node:worker_threads';
import { CallError } from '../errors';
import { case_text } from '../program/case';
import type { Seen } from '../run/shard';
import { calls_of, type Suite } from '../suite';
import { words_of_thrown } from '../user_code/thrown';
import { type Heartbeat, new_heartbeat, new_stop, type Whereabouts, whereabouts } from './heartbeat';
import { type Answer, do_job, type Job } from './job';

export interface Pool {
  readonly size: number;
  /**
   * Runs a job. Rejects with `Hung` if the implementation does not return from a command, with another error if the
   * harness fails. `patience` is in seconds; `tell` hears of what a shard violates while it runs.
   */
  ask<J extends Job>(job: J, patience?: number, tell?: (seen: Seen) => void): Promise<Answer<J>>;
  /** The same, by a thread that has done nothing before: what an implementation keeps in a thread is not there. */
  ask_afresh<J extends Job>(job: J): Promise<Answer<J>>;
  /** Shards and certificates that are under way come to an end, with what they have. */
  stop(): void;
  stopped(): boolean;
  /** A short text that says what the threads are doing. */
  progress(): string;
  /** The least case that a thread is at which runs cases; null if none does. */
  at_case(): number | null;
  /** Of a user's own implementation: how often each entry that it replaces was asked by all that the pool has done. */
  called(): ReadonlyMap<string, number>;
  /** What the user's code has thrown when nobody had called it (a timer, a promise), each once. All of it, when the pool is closed. */
  late(): readonly string[];
  close(): Promise<void>;
}

/** The implementation did not return from a command. */
export class Hung extends Error {
  constructor(
    readonly where: Whereabouts,
    readonly seconds: number,
  ) {
    super(`the command did not end within ${seconds} s`);
  }
}

/** Runs one job after the other in this thread. Nothing ends a job that hangs. */
export function this_thread<View>(suite: Suite<View>, now: () => number): Pool {
  const heartbeat = new_heartbeat(new_stop());
  const before = calls_of(suite);
  return {
    size: 1,
    // TypeScript does not see that the kind of the job decides the kind of the answer.
    ask: async (job, _, tell) => do_job(suite, job, now, heartbeat, tell) as Answer<typeof job>,
    ask_afresh: async (job) => do_job(suite, job, now, heartbeat) as Answer<typeof job>,
    called: () => new Map([...calls_of(suite)].map(([name, times]) => [name, times - (before.get(name) ?? 0)])),
    late: () => [],
    stop: () => {
      heartbeat.stop[0] = 1;
    },
    stopped: () => heartbeat.stop[0] !== 0,
    progress: () => '',
    at_case: () => null,
    close: async () => {},
  };
}

/** The interval of the watchdog, in milliseconds. */
const WATCH_EVERY = 250;
/** A thread that gets less than this part of a processor is idle, not starved. */
const STARVED = 5;
/** Milliseconds that a thread which has nothing to do is given to tell what it has thrown. */
const LAST_WORDS = 1000;
/** Milliseconds within which timers that the user's code has set are heard. */
const TIMERS = 20;

interface Task {
  readonly job: Job;
  readonly patience: number;
  readonly tell: ((seen: Seen) => void) | undefined;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker | null;
  port: MessagePort | null;
  heartbeat: Heartbeat;
  task: Task | null;
  last: number;
  /** Seconds of its own, about, without a sign of life. */
  silent: number;
}

/** What a thread says: what came of its work, and how often entries were asked meanwhile; what was thrown beside it. */
type Said =
  | { readonly answer: unknown; readonly called: ReadonlyMap<string, number> }
  | { readonly failed: string; readonly call: boolean; readonly stack: string }
  | { readonly late: string }
  | { readonly seen: Seen }
  | { readonly over: true };

/** The last thing that a thread is asked. */
const LAST = 'anything else?';

/** What a thread is made with. Its port is its own: what user code posts to its parent is nobody's. */
interface Given {
  readonly heartbeat: Heartbeat;
  readonly data: unknown;
  readonly port: MessagePort;
}

/**
 * Threads that each run `serve()` from this compiled file; started when first needed. A thread that shows no sign of
 * life for `usual_patience` seconds, or what a piece of work is given, is ended: seconds of processor time, shared by the threads
 * that are at work, or five times as many of the clock.
 */
export function worker_threads(file: string, size: number, data: unknown, usual_patience: number): Pool {
  const stop = new_stop();
  const threads = Array.from({ length: size }, (): Thread => {
    return { worker: null, port: null, heartbeat: new_heartbeat(stop), task: null, last: 0, silent: 0 };
  });
  const waiting: Task[] = [];
  const called = new Map<string, number>();
  const late = new Set<string>();
  let closed = false;
  const give = () => {
    if (closed) return;
    for (const thread of threads) {
      if (thread.task) continue;
      const task = waiting.shift();
      if (!task) return;
      thread.task = task;
      thread.silent = 0;
      if (!thread.worker) start(thread);
      thread.port?.postMessage(task.job);
    }
  };
  const end = (thread: Thread): Task | null => {
    const { task } = thread;
    thread.task = null;
    queueMicrotask(give);
    return task;
  };
  const hear = (thread: Thread, said: Said): void => {
    if ('late' in said) late.add(said.late);
    else if ('seen' in said) thread.task?.tell?.(said.seen);
    else if ('answer' in said) {
      for (const [name, times] of said.called) called.set(name, (called.get(name) ?? 0) + times);
      end(thread)?.resolve(said.answer);
    } else if ('failed' in said) end(thread)?.reject(error_of(said));
  };
  const start = (thread: Thread): void => {
    // A heartbeat of its own: a thread that has been given up may go on writing in its old one, and answer late.
    thread.heartbeat = new_heartbeat(stop);
    const { port1: ours, port2: port } = new MessageChannel();
    const given: Given = { heartbeat: thread.heartbeat, data, port };
    // What an implementation prints goes where it is in nobody's way: results are on stdout.
    const worker = new Worker(file, { workerData: given, transferList: [port], stdout: true });
    worker.stdout.pipe(process.stderr, { end: false });
    thread.worker = worker;
    thread.port = ours;
    ours.on('message', (said: Said) => {
      if (thread.worker === worker) hear(thread, said);
    });
    const fail = (error: unknown) => {
      if (thread.worker !== worker) return;
      // What it has said before it ended.
      for (let said = receiveMessageOnPort(ours); said; said = receiveMessageOnPort(ours)) hear(thread, said.message);
      thread.worker = null;
      thread.port = null;
      ours.close();
      end(thread)?.reject(error);
    };
    const where = () => (thread.task ? doing(thread.task.job, thread.heartbeat) : 'idle');
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') fail(new CallError(`${where()}: there is no memory left`));
      else if (data === null) fail(error);
      else {
        late.add(words_of_thrown(error));
        fail(new CallError(`${where()}: ${words_of_thrown(error)}`));
      }
    });
    worker.on('exit', (code) => {
      fail(
        new CallError(`${where()}: the thread was ended (exit code ${code}); does the implementation end the process?`),
      );
    });
  };
  let used = process.cpuUsage();
  const watch = () => {
    const { user, system } = process.cpuUsage(used);
    used = process.cpuUsage();
    const busy = threads.filter(({ task }) => task).length;
    // How long one of them has run since the last look, if they had all the same share.
    const ran = Math.max((user + system) / 1000 / Math.max(busy, 1), WATCH_EVERY / STARVED);
    for (const thread of threads) {
      const at = thread.heartbeat.at[0] as number;
      // A thread that is still starting has not begun its job.
      if (!thread.task || at !== thread.last || at === 0) thread.silent = 0;
      else thread.silent += Math.min(ran, WATCH_EVERY) / 1000;
      thread.last = at;
      if (!thread.task || thread.silent < thread.task.patience) continue;
      const { worker, port } = thread;
      const hung = new Hung(whereabouts(thread.heartbeat), thread.task.patience);
      thread.worker = null;
      thread.port = null;
      port?.close();
      void worker?.terminate();
      end(thread)?.reject(hung);
    }
  };
  const watchdog = setInterval(watch, WATCH_EVERY).unref();
  /** What user code has thrown since its last command was called, it may throw now. */
  const hear_out = ({ worker, port, task }: Thread): Promise<void> =>
    new Promise((resolve) => {
      if (data === null || !worker || !port || task) return resolve();
      setTimeout(resolve, LAST_WORDS).unref();
      worker.on('exit', () => resolve());
      port.on('message', (said: Said) => 'over' in said && resolve());
      port.postMessage(LAST);
    });
  return {
    size,
    ask: (job, patience = usual_patience, tell) =>
      new Promise((resolve, reject) => {
        if (closed) throw new Error('the pool is closed');
        // TypeScript does not see that the kind of the job decides the kind of the answer.
        waiting.push({ job, patience, tell, resolve: resolve as (answer: unknown) => void, reject });
        give();
      }),
    ask_afresh: async (job) => {
      const fresh = worker_threads(file, 1, data, usual_patience);
      try {
        return await fresh.ask(job);
      } finally {
        await fresh.close();
        for (const one of fresh.late()) late.add(one);
      }
    },
    stop: () => {
      stop[0] = 1;
    },
    stopped: () => stop[0] !== 0,
    progress: () => threads.map(({ heartbeat, task }) => (task ? doing(task.job, heartbeat) : 'idle')).join('; '),
    at_case: () => {
      const cases = threads.flatMap(({ heartbeat, task }) => (task?.job.kind === 'shard' ? case_of(heartbeat) : []));
      return cases.length === 0 ? null : Math.min(...cases);
    },
    called: () => called,
    late: () => [...late],
    close: async () => {
      closed = true;
      clearInterval(watchdog);
      for (const task of waiting.splice(0)) task.reject(new Error('the pool was closed before this was begun'));
      await Promise.all(threads.map(hear_out));
      await Promise.all(threads.map(({ worker }) => worker?.terminate()));
      for (const { port } of threads) port?.close();
    },
  };
}

function error_of({ failed, call, stack }: Extract<Said, { failed: string }>): Error {
  if (call) return new CallError(failed);
  const error = new Error(failed);
  error.stack = stack;
  return error;
}

function case_of(heartbeat: Heartbeat): number[] {
  const where = whereabouts(heartbeat);
  return where.kind === 'case' ? [where.case] : [];
}

function doing(job: Job, heartbeat: Heartbeat): string {
  if (job.kind === 'shard') {
    const where = whereabouts(heartbeat);
    if (where.kind !== 'case') return 'starting';
    return `${job.shard.variants[where.variant]}, case ${case_text({ seed: job.shard.seed, index: where.case })}`;
  }
  if (job.kind === 'expand') return `exploring ${job.part.variant}`;
  if (job.kind === 'begin') return `beginning with ${job.over.variant}`;
  if (job.kind === 'rule') return `checking rule ${job.index + 1}`;
  if (job.kind === 'own') return 'loading the implementation';
  if (job.kind === 'again') return `running ${job.variant} again`;
  return job.kind === 'certify' ? `proving that ${job.variant}'s programs are minimal` : `running ${job.variant}`;
}

/**
 * The other end of `worker_threads`. `make` makes the suite of what the pool was given as `data`: where that is not null, user
 * code is loaded, and what fails is told as its failure.
 */
export function serve<View>(make: (data: unknown) => Suite<View>, now: () => number): void {
  const { heartbeat, data, port } = workerData as Given;
  // Nobody else finds them there.
  for (const key of Object.keys(workerData)) delete workerData[key];
  const say = (said: Said): void => port.postMessage(said);
  const failed = (error: unknown, job: Job | null): Said => {
    if (error instanceof CallError) return { failed: error.message, call: true, stack: '' };
    const where = job === null ? 'loading' : doing(job, heartbeat);
    if (data !== null) return { failed: `${where}: ${words_of_thrown(error)}`, call: true, stack: '' };
    const { message, stack = '' } = error as Error;
    return { failed: message, call: false, stack };
  };
  if (data !== null)
    process.on('uncaughtException', (error) => say({ late: `thrown outside any call: ${words_of_thrown(error)}` }));
  let suite: Suite<View> | null = null;
  const suite_of = (): Suite<View> => {
    suite ??= make(data);
    return suite;
  };
  port.on('message', (job: Job | typeof LAST) => {
    if (job === LAST) {
      setTimeout(() => say({ over: true }), TIMERS);
      return;
    }
    heartbeat.at[0] = (heartbeat.at[0] as number) + 1;
    try {
      const given = suite_of();
      const before = calls_of(given);
      const answer = do_job(given, job, now, heartbeat, (seen) => say({ seen }));
      const called = [...calls_of(given)].map(([name, times]) => [name, times - (before.get(name) ?? 0)] as const);
      say({ answer, called: new Map(called) });
    } catch (error) {
      say(failed(error, job));
    }
  });
}
