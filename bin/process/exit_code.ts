/** Exit codes that the command line has not: what a shell says of a program that a signal has ended. */

/** SIGPIPE: nobody reads the output any more. */
export const NOBODY_READS = 141;

/** The process was ended by what is none of its own; its results are not to be believed. */
export const ENDED = 2;

/** By the signal that asks for an end. */
export const ENDING_SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type EndingSignal = keyof typeof ENDING_SIGNALS;
export const ending_signals = Object.keys(ENDING_SIGNALS) as EndingSignal[];

/**
 * What `git bisect run` understands: this commit is good, bad, or cannot be tested. From `stop` on it ends the bisection, and
 * takes everything else from 1 to 127 for bad.
 */
export const BISECT = { good: 0, bad: 1, skip: 125, stop: 128 } as const;

/** Whether this call is one of a bisection. */
export const bisects = (argv: readonly string[]): boolean => argv[0] === 'live' && argv.includes('--bisect');

/** The exit code of a bisection for one of the command line: neither a wrong call nor a defect of ours is a bad kernel. */
export const bisect_code = (code: number): number =>
  code > BISECT.bad && code < BISECT.stop && code !== BISECT.skip ? BISECT.stop : code;
