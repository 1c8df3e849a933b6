/** What the part of an address behind `#` says: which view, and what is in it. */

export type Route =
  | { readonly view: 'overview' }
  | { readonly view: 'counterexample'; readonly number: number }
  | { readonly view: 'playground'; readonly program: string | null; readonly variant: string | null };

/** `#program=…&variant=…` opens the playground, `#counterexample=2` the second counterexample. Null for anything else. */
export function route_of(hash: string): Route | null {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  if (words.has('program') || words.has('variant') || words.has('playground'))
    return { view: 'playground', program: words.get('program'), variant: words.get('variant') };
  const number = Number(words.get('counterexample') ?? Number.NaN);
  if (Number.isInteger(number) && number > 0) return { view: 'counterexample', number };
  return words.has('overview') ? { view: 'overview' } : null;
}

/** The address of a program in the playground. */
export const link_to = ({ program, variant }: { readonly program: string; readonly variant: string }): string =>
  `#program=${encodeURIComponent(program)}&variant=${encodeURIComponent(variant)}`;
