/**
 * Flags of V8 that spare time: no result rests on one. They come and go with its versions, and V8 complains on stderr of
 * each that it does not know, but has no way to be asked: so a flag is set only on versions where somebody has seen it in
 * `node --v8-options`, and on others the harness does without. What others were tried are not worth it: room for young
 * objects (`--min-semi-space-size`), `--no-parallel-scavenge`, `--interrupt-budget`.
 */
import { setFlagsFromString } from 'node:v8';

export interface Flag {
  readonly flag: string;
  /** What of V8's version decides: each line of Node keeps it from its first release to its last. */
  readonly known_in: readonly string[];
}

const NODE_20 = '11.3';
const NODE_22 = '12.4';
const NODE_24 = '13.6';
const NODE_26 = '14.6';

export const FLAGS: readonly Flag[] = [
  // Every thread compiles the models for itself: with less inlining that takes half the time, and a search none longer.
  { flag: '--max-inlined-bytecode-size-cumulative=200', known_in: [NODE_20, NODE_22, NODE_24, NODE_26] },
];

/** Those that a V8 of this version knows. */
export function flags_of(version: string): readonly string[] {
  const line = version.split('.', 2).join('.');
  return FLAGS.filter(({ known_in }) => known_in.includes(line)).map(({ flag }) => flag);
}

/** For all threads to come, and for what this one has not compiled yet. */
export function set_v8_flags(): void {
  for (const flag of flags_of(process.versions.v8)) setFlagsFromString(flag);
}
