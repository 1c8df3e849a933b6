/** Exit codes that the command line has not: what a shell says of a program that a signal has ended. */

/** SIGPIPE: nobody reads the output any more. */
export const NOBODY_READS = 141;

/** The process was ended by what is none of its own; its results are not to be believed. */
export const ENDED = 2;

/** By the signal that asks for an end. */
export const ENDING_SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
export type EndingSignal = keyof typeof ENDING_SIGNALS;
export const ending_signals = Object.keys(ENDING_SIGNALS) as EndingSignal[];
