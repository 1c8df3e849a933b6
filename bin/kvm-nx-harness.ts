#!/usr/bin/env node
import './process/node_version';
import './process/crash';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { EXIT } from '../harness/cli/cli';
import { worker_threads } from '../harness/pool/pool';
import { main, type NewPool, type Subprocess } from './kvm/main';
import { crash } from './process/crash';
import { env, now } from './process/machine';
import { set_v8_flags } from './process/v8_flags';

/** What a shell says of a program that SIGPIPE has ended. */
const NOBODY_READS = 141;

let left = false;

/** Ends it all at once, whatever timers an implementation has left behind. */
function leave(code: number): never {
  left = true;
  process.exit(code);
}

// An exit that is none of ours would look like a verdict.
process.on('exit', () => {
  if (left) return;
  process.stderr.write('the process was ended before its time; does the implementation end it?\n');
  process.exitCode = EXIT.call;
});

// Whoever reads the output may stop reading it (`| head`): that is no failure of ours, and no verdict.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') leave(NOBODY_READS);
  process.stderr.write(`cannot write the output: ${error.code}\n`);
  leave(EXIT.failed);
});
// Nobody is left to tell, but what is found counts all the same.
process.stderr.on('error', () => {});

/** A defect of the harness, or what the user's code throws when nobody has called it. */
function fail(error: unknown): void {
  console.error(error);
  leave(EXIT.failed);
}
process.on('uncaughtException', fail);
process.off('uncaughtException', crash);

set_v8_flags();

/** Seconds without a sign of life after which an implementation hangs; an honest command takes microseconds. */
const PATIENCE = 5;

// The first Ctrl-C asks for an end with what was found so far; another, later, does not wait for it. A terminal and npm
// may both pass on the same one.
const interrupt = new AbortController();
let interrupted = 0;
process.on('SIGINT', () => {
  if (interrupt.signal.aborted && now() - interrupted > 1000) leave(EXIT.interrupted);
  if (!interrupt.signal.aborted) interrupted = now();
  interrupt.abort();
});

// `npm --prefix … start` runs here, but the files it is given are the caller's.
if (env['npm_lifecycle_event'] === 'start' && env['INIT_CWD']) process.chdir(env['INIT_CWD']);

const BACK_AND_ERASE = '\r\u001b[K';
const terminal = {
  out: (line: string) => process.stdout.write(`${line}\n`),
  err: (line: string) => process.stderr.write(`${line}\n`),
  progress: (line: string) => process.stderr.isTTY && process.stderr.write(`${BACK_AND_ERASE}${line}`),
  now,
  env,
  signal: interrupt.signal,
};
const worker = join(__dirname, 'worker.js');

const new_pool: NewPool = (own) => worker_threads(worker, availableParallelism(), own, PATIENCE);
const subprocess: Subprocess = async (argv) => {
  const [code] = await once(spawn(process.execPath, [__filename, ...argv], { stdio: 'inherit' }), 'exit');
  // As Node 12 can read it: see node_version.ts.
  return code === null ? EXIT.bad : code;
};

// When the output is out.
main(process.argv.slice(2), terminal, new_pool, subprocess).then(
  (code) => process.stdout.write('', () => leave(code)),
  fail,
);
