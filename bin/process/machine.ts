/** The one door to the machine's clock and environment. */
import { performance } from 'node:perf_hooks';

/** Milliseconds since 1970, the same in all threads, and never back. */
export const now = (): number => origin + since();

/** As they are before user code is loaded, which may change them. */
const since = performance.now.bind(performance);
const origin = performance.timeOrigin;

export const { env } = process;
