/** The one door to the machine's clock and environment. */
import { performance } from 'node:perf_hooks';

/** Milliseconds since 1970, the same in all threads, and never back. */
export const now = (): number => performance.timeOrigin + performance.now();

export const { env } = process;
