/**
 * Where a thread is, in memory that others can read: an implementation that never comes back can still be named, and a
 * thread can be told to stop between two programs.
 */
export interface Heartbeat {
  /** Goes up with every command; then the kind of work, and where in it the thread is. */
  readonly at: Int32Array;
  /** Not 0: come to an end. Shared by all threads. */
  readonly stop: Int32Array;
}

/** What a thread was doing: a command of a case, of a program that it was given, or of an exhaustive search. */
export type Whereabouts =
  | { readonly kind: 'case'; readonly variant: number; readonly case: number; readonly step: number }
  | { readonly kind: 'program'; readonly step: number }
  | { readonly kind: 'alphabet'; readonly commands: readonly number[] };

/** The kinds, by the number that is written. */
const KINDS = ['program', 'case', 'alphabet'] as const;
const [OF_PROGRAM, OF_CASE, OF_ALPHABET] = [0, 1, 2];
const LONGEST = 60;
/** The longest program of an exhaustive search of which a thread can say where it is. */
export const LONGEST_PATH = LONGEST - 1;

export const new_heartbeat = (stop: Int32Array): Heartbeat => ({ at: shared(LONGEST + 4), stop });
export const new_stop = (): Int32Array => shared(1);
const shared = (n: number): Int32Array => new Int32Array(new SharedArrayBuffer(n * 4));

export function at_case({ at }: Heartbeat, variant: number, index: number): void {
  at[1] = OF_CASE;
  at[2] = variant;
  at[3] = index;
}

export function at_program({ at }: Heartbeat): void {
  at[1] = OF_PROGRAM;
}

/** The next command of a case or program is about to run. */
export function at_step({ at }: Heartbeat, step: number): void {
  at[4] = step;
  at[0] = (at[0] as number) + 1;
}

/** A program of an exhaustive search is about to run its last command. */
export function at_path({ at }: Heartbeat, path: readonly number[], command: number): void {
  at[1] = OF_ALPHABET;
  const length = Math.min(path.length, LONGEST_PATH);
  at[2] = length + 1;
  for (let i = 0; i < length; i++) at[3 + i] = path[i] as number;
  at[3 + length] = command;
  at[0] = (at[0] as number) + 1;
}

export function whereabouts({ at }: Heartbeat): Whereabouts {
  const kind = KINDS[at[1] as number] ?? 'program';
  if (kind === 'case') return { kind, variant: at[2] as number, case: at[3] as number, step: at[4] as number };
  if (kind === 'program') return { kind, step: at[4] as number };
  return { kind, commands: [...at.subarray(3, 3 + (at[2] as number))] };
}
