/**
 * Names that things had first: commands, properties, and what implementations replace. Files and calls that use them are
 * read for good; all that is written uses the names of today.
 */

export const FORMER_PROPERTIES: ReadonlyMap<string, string> = new Map([
  ['booked-under-its-own-type', 'accounted-under-its-own-type'],
  ['booking-is-idempotent', 'accounting-is-idempotent'],
]);

/** Entries of the table of functions (models/kernel/ops.ts). */
export const FORMER_ENTRIES = { books: 'lists', init_book: 'init_list' } as const;

/** The property's name of today. */
export const property_today = (name: string): string => FORMER_PROPERTIES.get(name) ?? name;

/** The same entries by their names of today. */
export function entries_today<T extends object>(entries: T): T {
  const names: ReadonlyMap<string, string> = new Map(Object.entries(FORMER_ENTRIES));
  const today = Object.entries(entries).map(([name, entry]) => [names.get(name) ?? name, entry] as const);
  return Object.fromEntries(today) as T;
}
