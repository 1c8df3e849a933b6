/** Judges claims by what a real kernel showed. */
import type { Breach } from '../../harness/run/property';
import type { Found } from '../../harness/run/session';
import type { Seen } from './seen';

/** Claims about what userspace sees, by name. `seen` returns null while the claim holds. */
export type SeenClaims = ReadonlyMap<string, { readonly seen: (seen: Seen) => Breach | null }>;

/** The first breach of each claim by a program, in what was seen. */
export function judge_seen(claims: SeenClaims, seen: readonly Seen[]): Found[] {
  const found: Found[] = [];
  for (const [property, { seen: check }] of claims) {
    for (const [step, one] of seen.entries()) {
      const breach = one.skipped === null ? check(one) : null;
      if (!breach) continue;
      found.push({ property, step, breach });
      break;
    }
  }
  return found;
}
