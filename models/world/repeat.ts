/** Arrays: of one value, as the entries of a new table are; and whether two are the same. */

/** An array without holes: faster to read than a filled one, and these are read far more often than made. */
function repeat<T>(value: T, n: number): T[] {
  const values: T[] = [];
  for (let i = 0; i < n; i++) values.push(value);
  return values;
}

/** An array that is made once for each size. */
export function once_for_each_size<T>(value: T): (n: number) => T[] {
  const made: T[][] = [];
  return (n) => {
    while (made.length <= n) made.push(repeat(value, made.length));
    return made[n] as T[];
  };
}

/** Copies of an array that is made once for each size: they take no more memory than their entries. */
export function copies_of<T>(value: T): (n: number) => T[] {
  const original = once_for_each_size(value);
  return (n) => original(n).slice();
}

/** Whether two arrays hold the same. */
export function same_items(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
