/** Times of a test. A program may wait a minute for the worker's next pass, a test may not: its periods are shorter. */
import { period } from '../spec/parameters';
import type { Reference } from '../spec/reference';
import type { ExpectedStep } from './expected';

/** Milliseconds between two passes that a test makes directly. */
export const DIRECT_PERIOD = 500;
/** The shortest period by the clock in a test: commands take far less. */
export const SHORTEST_PERIOD = 2000;
/** Just before a pass: so many milliseconds, in which the commands that follow have time. */
export const JUST_BEFORE = 1000;
/** From one period of a program to its next longer one, the test's grows by this factor: what is due stays due. */
const FACTOR = 4;

/** Commands after which the worker's own clock counts. */
const OF_THE_CLOCK = ['wait', 'recovery_ratio', 'recovery_period'];

/** Whether a program needs the worker's own clock: else the worker is off but for direct passes. */
export const needs_clock = (steps: readonly ExpectedStep[]): boolean =>
  steps.some(({ command }) => OF_THE_CLOCK.includes(command.name));

/** The period that the parameters give, whether or not the mitigation is on; null at ratio 0. */
export const period_when_on = (ref: Reference): number | null => period({ ...ref, nx: true });

/** For each period of a program in milliseconds, that of the test. */
export function scaled_periods(steps: readonly ExpectedStep[]): ReadonlyMap<number, number> {
  const all = new Set(
    steps.flatMap(({ before, following }) => [period_when_on(before) ?? [], period_when_on(following) ?? []].flat()),
  );
  return new Map([...all].sort((a, b) => a - b).map((ms, i) => [ms, SHORTEST_PERIOD * FACTOR ** i]));
}
