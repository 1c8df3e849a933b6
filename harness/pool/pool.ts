/** Where jobs run: in this thread, or in several threads, where a watchdog ends a job that hangs. */
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { CallError } from '../errors';
import { case_text } from '../program/case';
import type { Suite } from '../suite';
import { type Heartbeat, new_heartbeat, new_stop, type Whereabouts, whereabouts } from './heartbeat';
import { type Answer, do_job, type Job } from './job';

export interface Pool {
  readonly size: number;
  /**
   * Runs a job. Rejects with `Hung` if the implementation does not return from a command, with another error if the
   * harness fails. `patience` is in seconds.
   */
  ask<J extends Job>(job: J, patience?: number): Promise<Answer<J>>;
  /** Running shards and certificates end early and return what they have. */
  stop(): void;
  stopped(): boolean;
  /** A short text that says what the threads are doing. */
  progress(): string;
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
  return {
    size: 1,
    // TypeScript does not see that the kind of the job decides the kind of the answer.
    ask: async (job) => do_job(suite, job, now, heartbeat) as Answer<typeof job>,
    stop: () => {
      heartbeat.stop[0] = 1;
    },
    stopped: () => heartbeat.stop[0] !== 0,
    progress: () => '',
    close: async () => {},
  };
}

/** The interval of the watchdog, in milliseconds. */
const WATCH_EVERY = 250;

interface Task {
  readonly job: Job;
  readonly patience: number;
  resolve(answer: unknown): void;
  reject(error: unknown): void;
}

interface Thread {
  worker: Worker | null;
  heartbeat: Heartbeat;
  task: Task | null;
  last: number;
  silent: number;
}

/**
 * A pool of `size` threads. Each is started when first needed and runs `serve()` from this compiled file. A thread
 * whose heartbeat does not change for `usual_patience` seconds (or the patience of its job) is terminated.
 */
export function worker_threads(file: string, size: number, data: unknown, usual_patience: number): Pool {
  const stop = new_stop();
  const threads = Array.from({ length: size }, (): Thread => {
    return { worker: null, heartbeat: new_heartbeat(stop), task: null, last: 0, silent: 0 };
  });
  const waiting: Task[] = [];
  let closed = false;
  const give = () => {
    if (closed) return;
    for (const thread of threads) {
      if (thread.task) continue;
      const task = waiting.shift();
      if (!task) return;
      thread.task = task;
      thread.silent = 0;
      thread.worker ??= start(thread);
      thread.worker.postMessage(task.job);
    }
  };
  const end = (thread: Thread): Task | null => {
    const { task } = thread;
    thread.task = null;
    queueMicrotask(give);
    return task;
  };
  const start = (thread: Thread): Worker => {
    // Each worker gets a new heartbeat: a terminated worker may still write to its old one, and may answer late.
    thread.heartbeat = new_heartbeat(stop);
    // The output of an implementation goes to stderr, because stdout is for results.
    const worker = new Worker(file, { workerData: { heartbeat: thread.heartbeat, data }, stdout: true });
    worker.stdout.pipe(process.stderr, { end: false });
    worker.on('message', (answer) => {
      if (thread.worker === worker) end(thread)?.resolve(answer);
    });
    const fail = (error: unknown) => {
      if (thread.worker !== worker) return;
      thread.worker = null;
      end(thread)?.reject(error);
    };
    const where = () => (thread.task ? doing(thread.task.job, thread.heartbeat) : 'idle');
    worker.on('error', (error: NodeJS.ErrnoException) => {
      fail(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? new CallError(`${where()}: there is no memory left`) : error);
    });
    worker.on('exit', (code) => {
      fail(
        new CallError(`${where()}: the thread was ended (exit code ${code}); does the implementation end the process?`),
      );
    });
    return worker;
  };
  const watch = () => {
    for (const thread of threads) {
      const at = thread.heartbeat.at[0] as number;
      // A thread that is still starting has not begun its job.
      if (!thread.task || at !== thread.last || at === 0) thread.silent = 0;
      else thread.silent += WATCH_EVERY / 1000;
      thread.last = at;
      if (!thread.task || thread.silent < thread.task.patience) continue;
      const { worker } = thread;
      const hung = new Hung(whereabouts(thread.heartbeat), thread.task.patience);
      thread.worker = null;
      void worker?.terminate();
      end(thread)?.reject(hung);
    }
  };
  const watchdog = setInterval(watch, WATCH_EVERY).unref();
  return {
    size,
    ask: (job, patience = usual_patience) =>
      new Promise((resolve, reject) => {
        if (closed) throw new Error('the pool is closed');
        // TypeScript does not see that the kind of the job decides the kind of the answer.
        waiting.push({ job, patience, resolve: resolve as (answer: unknown) => void, reject });
        give();
      }),
    stop: () => {
      stop[0] = 1;
    },
    stopped: () => stop[0] !== 0,
    progress: () => threads.map(({ heartbeat, task }) => (task ? doing(task.job, heartbeat) : 'idle')).join('; '),
    close: async () => {
      closed = true;
      clearInterval(watchdog);
      for (const task of waiting.splice(0)) task.reject(new Error('the pool was closed before this job began'));
      await Promise.all(threads.map(({ worker }) => worker?.terminate()));
    },
  };
}

function doing(job: Job, heartbeat: Heartbeat): string {
  if (job.kind === 'shard') {
    const where = whereabouts(heartbeat);
    if (where.kind !== 'case') return 'starting';
    return `${job.shard.variants[where.variant]}, case ${case_text({ seed: job.shard.seed, index: where.case })}`;
  }
  if (job.kind === 'expand') return `exploring ${job.part.variant}`;
  return job.kind === 'certify' ? `proving that ${job.variant}'s programs are minimal` : `running ${job.variant}`;
}

/** Runs in a thread of `worker_threads`. `make` builds the suite from the `data` that the pool was given. */
export function serve<View>(make: (data: unknown) => Suite<View>, now: () => number): void {
  const { heartbeat, data }: { heartbeat: Heartbeat; data: unknown } = workerData;
  const suite = make(data);
  parentPort?.on('message', (job: Job) => {
    heartbeat.at[0] = 1;
    parentPort?.postMessage(do_job(suite, job, now, heartbeat));
  });
}
