/** Entries of a table that is new. */
import type { kvm_mmu_page } from './types';

/** An array without holes: faster to read than a filled one, and tables are read far more often than made. */
function repeat<T>(value: T, n: number): T[] {
  const values: T[] = [];
  for (let i = 0; i < n; i++) values.push(value);
  return values;
}

/** A copy of an array that is made once for each size: it takes no more memory than its entries. */
function copies_of<T>(value: T): (n: number) => T[] {
  const made = new Map<number, T[]>();
  return (n) => {
    let values = made.get(n);
    if (!values) {
      values = repeat(value, n);
      made.set(n, values);
    }
    return values.slice();
  };
}

export const empty_sptes = copies_of<number>(0);
export const no_children = copies_of<kvm_mmu_page | null>(null);
