/** The known word that a mistyped one most likely means. */

/** Letters to insert, delete, replace, or swap with their neighbour, to make one word of the other. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[b.length] ?? 0;
}

/** Words that are longer are no names: a comparison would only cost time. */
const LONGEST = 80;

/**
 * The nearest of the names, if it is near enough to be meant: a third of its letters may differ, and one that begins with the
 * word is near. Of two equally near ones the first. Upper and lower case count for little.
 */
export function nearest(word: string, names: Iterable<string>): string | null {
  if (word.length < 2 || word.length > LONGEST) return null;
  let found: string | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const [a, b] = [word.toLowerCase(), name.toLowerCase()];
    // Of two that are equally near, one of the same length is rather meant.
    const other_length = a.length === b.length ? 0 : 0.5;
    const begins = b.startsWith(a) && (word.length >= 4 || b.length === a.length + 1);
    const far = begins ? other_length : distance(a, b) + other_length;
    if (far < Math.max(1, Math.floor(Math.max(a.length, b.length) / 3)) + 1 && far < least)
      [found, least] = [name, far];
  }
  return found;
}

/** What a wrong name is told: the nearest one first, because the list of those that are known may be long. */
export function known_names(word: string, names: readonly string[]): string {
  const hint = did_you_mean(word, names);
  return `${hint}${hint === '' ? ';' : ''} known: ${names.join(', ')}`;
}

/** `; did you mean "check"?`, or nothing if no name is near. */
export function did_you_mean(word: string, names: Iterable<string>): string {
  const name = nearest(word, names);
  return name === null ? '' : `; did you mean "${name}"?`;
}
