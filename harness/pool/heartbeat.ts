/**
 * The position of a thread, in memory that other threads can read. It names the implementation that hangs, and it lets
 * a thread be told to stop between two programs.
 */
export interface Heartbeat {
  /** at[0] goes up with every command, at[1] is the kind of work, the rest is the position in it. */
  readonly at: Int32Array;
  /** If not 0, the thread must stop. All threads share it. */
  readonly stop: Int32Array;
}

/** What a thread was running: a command of a case, of a given program, or of an exhaustive search. */
export type Whereabouts =
  | { readonly kind: 'case'; readonly variant: number; readonly case: number; readonly step: number }
  | { readonly kind: 'program'; readonly step: number }
  | { readonly kind: 'alphabet'; readonly commands: readonly number[] };

/** The kinds, indexed by the number in at[1]. */
const KINDS = ['program', 'case', 'alphabet'] as const;
const [OF_PROGRAM, OF_CASE, OF_ALPHABET] = [0, 1, 2];
const LONGEST = 60;
/** Of a longer program of an exhaustive search, a thread reports only this many commands and the last one. */
export const LONGEST_PATH = LONGEST - 1;

/** The heartbeat of one thread, in memory shared between threads. */
export const new_heartbeat = (stop: Int32Array): Heartbeat => ({ at: shared(LONGEST + 4), stop });
/** The stop signal for all heartbeats of a pool. */
export const new_stop = (): Int32Array => shared(1);
const shared = (n: number): Int32Array => new Int32Array(new SharedArrayBuffer(n * 4));

/** Called before a case runs on a variant. `variant` is its index in the shard. */
export function at_case({ at }: Heartbeat, variant: number, index: number): void {
  at[1] = OF_CASE;
  at[2] = variant;
  at[3] = index;
}

/** Called before a program that the thread was given runs. */
export function at_program({ at }: Heartbeat): void {
  at[1] = OF_PROGRAM;
}

/** Called before the next command of a case or program runs. */
export function at_step({ at }: Heartbeat, step: number): void {
  at[4] = step;
  at[0] = (at[0] as number) + 1;
}

/** Called before the last command of a program of an exhaustive search runs. */
export function at_path({ at }: Heartbeat, path: readonly number[], command: number): void {
  at[1] = OF_ALPHABET;
  const length = Math.min(path.length, LONGEST_PATH);
  at[2] = length + 1;
  for (let i = 0; i < length; i++) at[3 + i] = path[i] as number;
  at[3 + length] = command;
  at[0] = (at[0] as number) + 1;
}

/** Reads the position of a thread. */
export function whereabouts({ at }: Heartbeat): Whereabouts {
  const kind = KINDS[at[1] as number] ?? 'program';
  if (kind === 'case') return { kind, variant: at[2] as number, case: at[3] as number, step: at[4] as number };
  if (kind === 'program') return { kind, step: at[4] as number };
  return { kind, commands: [...at.subarray(3, 3 + (at[2] as number))] };
}
