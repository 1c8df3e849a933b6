/** Arrays of one repeated value, as in a new page table, and the comparison of arrays. */

/** An array without holes, which is faster to read than a filled one. These are read far more often than made. */
function repeat<T>(value: T, n: number): T[] {
  const values: T[] = [];
  for (let i = 0; i < n; i++) values.push(value);
  return values;
}

/** The same as `items.map(make)`, but V8 gives the result one kind of array, whether or not it has compiled the caller yet. */
export function made_of_each<T, U>(items: readonly T[], make: (item: T, index: number) => U): U[] {
  const all: U[] = [];
  for (let i = 0; i < items.length; i++) all.push(make(items[i] as T, i));
  return all;
}

/** Returns a function that makes one array for each size and shares it. */
export function once_for_each_size<T>(value: T): (n: number) => T[] {
  const made: T[][] = [];
  return (n) => {
    while (made.length <= n) made.push(repeat(value, made.length));
    return made[n] as T[];
  };
}

/** Returns a function that copies such an array. A copy takes no more memory than its entries. */
export function copies_of<T>(value: T): (n: number) => T[] {
  const original = once_for_each_size(value);
  return (n) => original(n).slice();
}

/** Whether two arrays have the same elements. */
export function same_items(one: ArrayLike<unknown>, other: ArrayLike<unknown>): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
