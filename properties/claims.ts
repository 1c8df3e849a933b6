/** All claims, by their files' names. */
import { join } from 'node:path';
import { load_folder } from '../harness/files/folder';
import type { Always, Live } from './claim';

/** The claims this project began with come first, the others in the order of their names. */
const FIRST = ['to-zap-nonzero-when-splits-exist', 'counters-match-list-length'];

const files = load_folder(join(__dirname, 'always'), (name, always: Always) => ({ name, ...always }));

export type Claim = Always & { readonly name: string };

export const CLAIMS: ReadonlyMap<string, Claim> = new Map(
  [...FIRST, ...files.keys()].map((name) => [name, files.get(name) as Claim]),
);

/** Those that can be judged on a real kernel, and those that are for real kernels only. */
export const LIVE_CLAIMS: ReadonlyMap<string, Live> = new Map([
  ...[...CLAIMS].flatMap(([name, { claim, seen }]): [string, Live][] => (seen ? [[name, { claim, seen }]] : [])),
  ...load_folder(join(__dirname, 'live'), (_, live: Live) => live),
]);
