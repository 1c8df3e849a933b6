/**
 * Names that things had first: properties, variants, commands, and what implementations replace. Files and calls that use
 * them are read for good; all that is written uses the names of today.
 */

/** Of properties and variants. */
const FORMER: ReadonlyMap<string, string> = new Map([
  ['booked-under-its-own-type', 'accounted-under-its-own-type'],
  ['booking-is-idempotent', 'accounting-is-idempotent'],
  ['patch-v1-mended', 'patch-v1-fixed'],
  ['linux-7.3-b30-mended', 'linux-7.3-b30-fixed'],
]);

/** Of commands, by their names of today. Digests of programs are taken over these. */
export const FIRST_NAMES: ReadonlyMap<string, string> = new Map([['clear_gpte_dirty', 'clear_dirty']]);

/** Entries of the table of functions (models/kernel/ops.ts). */
export const FORMER_ENTRIES = { books: 'lists', init_book: 'init_list' } as const;

/** The name of today of a property or a variant. */
export const name_today = (name: string): string => FORMER.get(name) ?? name;

/** The same entries by their names of today. */
export function entries_today<T extends object>(entries: T): T {
  const names: ReadonlyMap<string, string> = new Map(Object.entries(FORMER_ENTRIES));
  const today = Object.entries(entries).map(([name, entry]) => [names.get(name) ?? name, entry] as const);
  return Object.fromEntries(today) as T;
}
