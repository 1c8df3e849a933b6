/** Flags that are replaced, never changed: copies of a machine have them in common, and are made by the million. */
import { once_for_each_size } from './repeat';

export type Flags = readonly boolean[];

/** So many flags, none of them set; all of them set. */
export const none_set: (n: number) => Flags = once_for_each_size(false);
export const all_set: (n: number) => Flags = once_for_each_size(true);

const counted = new WeakMap<Flags, number>();

/** So few are counted sooner than their number is looked up. */
const FEW = 8;

/** How many are set. Of many they are counted once: they do not change. */
export function how_many(flags: Flags): number {
  const known = flags.length > FEW ? counted.get(flags) : undefined;
  if (known !== undefined) return known;
  let n = 0;
  for (let i = 0; i < flags.length; i++) if (flags[i]) n++;
  if (flags.length > FEW) counted.set(flags, n);
  return n;
}

/** The same flags, but for one. */
export function with_flag(flags: Flags, at: number, value: boolean): Flags {
  if (flags[at] === value) return flags;
  const changed = flags.slice();
  changed[at] = value;
  return changed;
}
