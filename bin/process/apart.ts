/**
 * A call with user code in it is done by a process of its own, so that what that code writes to standard output, by whatever
 * way (a file descriptor, a program that it starts), is not among the results: there, 1 is this process's standard error, and
 * results go to another number. It knows nothing of that: this process starts it, passes on signals, and ends as it ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ending_with_us } from '../../models/live/child';
import { ENDED, ending_signals } from './exit_code';

/** The number under which the inner process finds the standard output. */
export const RESULTS = 3;

/** Whether a command line names a file of the user's own to be run. */
export const runs_user_code = (argv: readonly string[]): boolean =>
  argv.some((word) => /^--implementation(=|$)/.test(word));

/**
 * The program in a process of its own, with these words. It ends when this one does, however that ends: the kernel sees to it,
 * or else a channel between the two, which is closed then, and on which nothing else is said.
 */
export function start_inside(argv: readonly string[]): ChildProcess {
  const inside = join(__dirname, '..', 'inside.js');
  return spawn(...ending_with_us(process.execPath, [inside, ...argv]), { stdio: ['inherit', 2, 2, 1, 'ipc'] });
}

export function run_apart(argv: readonly string[]): void {
  const child = start_inside(argv);
  for (const signal of ending_signals) process.on(signal, () => void child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`cannot start a process: ${error.message}\n`);
    process.exit(ENDED);
  });
  child.on('exit', (code, signal) => {
    if (code !== null) process.exit(code);
    process.stderr.write(`the process was ended by ${signal}; does the implementation end it?\n`);
    process.exit(ENDED);
  });
}
