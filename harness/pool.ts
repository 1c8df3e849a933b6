/** Where shards run: in this thread, or one on each core. */
import { once } from 'node:events';
import { parentPort, Worker } from 'node:worker_threads';
import { run_shard, type Shard, type ShardResult } from './shard';
import type { Suite } from './suite';

export interface Pool {
  readonly size: number;
  /** Runs as many shards at once as the pool has threads. Rejects if the harness itself fails in one. */
  run(shards: readonly Shard[]): Promise<ShardResult[]>;
  close(): Promise<void>;
}

/** One shard after the other, in this thread. */
export function this_thread<View>(suite: Suite<View>): Pool {
  return {
    size: 1,
    run: async (shards) => shards.map((shard) => run_shard(suite, shard)),
    close: async () => {},
  };
}

/** Threads that each run `serve()` from this compiled file; started when first needed. */
export function worker_threads(file: string, size: number): Pool {
  const workers: Worker[] = [];
  const ask = async (nth: number, shard: Shard): Promise<ShardResult> => {
    workers[nth] ??= new Worker(file);
    workers[nth].postMessage(shard);
    // Rejects if the thread dies: events.once() listens for 'error', too.
    const [result] = await once(workers[nth], 'message');
    return result;
  };
  return {
    size,
    run: (shards) => Promise.all(shards.map((shard, nth) => ask(nth % size, shard))),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}

/** The other end of `worker_threads`: answers each shard with its result. */
export function serve<View>(suite: Suite<View>): void {
  parentPort?.on('message', (shard: Shard) => parentPort?.postMessage(run_shard(suite, shard)));
}
