/** What a search behind a port does with a violation. Each piece is told by a key: its runs can be kept and found again. */
import { type Confirmed, confirm, purposes, reduce } from '../certify/reduce';
import type { Program } from '../program/command';
import type { Work } from '../program/work';
import type { Broken, Judged } from '../run/ran';
import type { Step } from '../run/step';
import type { Runner } from './runner';

/** Who runs, and what is asked for. */
export interface Working<R extends Judged> {
  readonly runner: Runner<R>;
  readonly wanted: {
    readonly stop: { readonly aborted: boolean };
    now(): number;
    at?(key: string): void;
    out?(): boolean;
  };
}

export const case_key = (index: number): string => `case ${index}`;
export const regression_key = (name: string): string => `regression ${name}`;
const key_of = (what: string, property: string, program: Program): string =>
  [what, property, ...program.map(({ name, args }) => [name, ...Object.values(args)].join(' '))].join('; ');

/** Time limit for shrinking a program if each run that shows the violation costs a start of the machine. */
const COSTLY_SHRINK_MS = 20_000;
/** How often such a program is repeated. */
const COSTLY_REPLAYS = 2;

/** Shrinks a program as far as there is time. */
export function* shrink_found<R extends Judged>(
  { runner, wanted }: Working<R>,
  first: Broken<R>,
  costly: boolean,
): Work<R, { readonly shrunk: Broken<R>; readonly to_the_end: boolean }> {
  const { property } = first.found;
  const { program } = first.ran;
  wanted.at?.(key_of('shrink', property, program));
  const until = costly ? wanted.now() + COSTLY_SHRINK_MS : Number.POSITIVE_INFINITY;
  let out = false;
  const stopped = () => {
    out ||= wanted.out?.() === true;
    return wanted.stop.aborted || wanted.now() >= until || out;
  };
  const shrunk = (yield* reduce(runner, program, property, first, stopped)) ?? first;
  return { shrunk, to_the_end: wanted.now() < until && !out };
}

/** Repeats a shrunk program. */
export function* confirm_found<R extends Judged>(
  { runner, wanted }: Working<R>,
  { ran, found: { property, step } }: Broken<R>,
): Work<R, Confirmed> {
  wanted.at?.(key_of('repeat', property, ran.program));
  const same = (one: R) => one.found.some((other) => other.property === property && other.step === step);
  const replays = runner.costly(ran) ? Math.min(runner.replays, COSTLY_REPLAYS) : runner.replays;
  return yield* confirm(ran.program, same, replays, () => wanted.stop.aborted);
}

/** What each command is for. */
export function* purposes_of<R extends Judged>(
  { runner, wanted }: Working<R>,
  one: { readonly program: Program; readonly property: string; readonly steps: readonly Step[] },
): Work<R, string[]> {
  wanted.at?.(key_of('without', one.property, one.program));
  const beside = (ran: R, step: number) => runner.difference_to?.(ran, step, one.steps) ?? '';
  return yield* purposes(one.program, one.property, beside, () => wanted.stop.aborted);
}
