#!/usr/bin/env node
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { worker_threads } from '../harness/pool';
import { main } from './main';

// Whoever reads the output may stop reading it (`| head`): that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
  now: () => performance.now(),
};
const new_pool = () => worker_threads(join(__dirname, 'worker.js'), availableParallelism());

main(process.argv.slice(2), terminal, new_pool).then((code) => {
  process.exitCode = code;
});
