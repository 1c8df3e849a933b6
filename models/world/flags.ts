/** Flags that are replaced and never changed, because millions of copies of a machine share them. */
import { once_for_each_size } from './repeat';

export type Flags = readonly boolean[];

/** `n` flags, none of them set; all_set(): all of them set. */
export const none_set: (n: number) => Flags = once_for_each_size(false);
export const all_set: (n: number) => Flags = once_for_each_size(true);

const counted = new WeakMap<Flags, number>();

/** Up to this number of flags, counting them is faster than looking up their count. */
const FEW = 8;

/** The number of flags that are set. The count of a long array is cached, because flags do not change. */
export function how_many(flags: Flags): number {
  const known = flags.length > FEW ? counted.get(flags) : undefined;
  if (known !== undefined) return known;
  let n = 0;
  for (let i = 0; i < flags.length; i++) if (flags[i]) n++;
  if (flags.length > FEW) counted.set(flags, n);
  return n;
}

/** The same flags with one replaced. */
export function with_flag(flags: Flags, at: number, value: boolean): Flags {
  if (flags[at] === value) return flags;
  const changed = flags.slice();
  changed[at] = value;
  return changed;
}
