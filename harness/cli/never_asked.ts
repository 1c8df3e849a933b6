/** Of a user's own implementation, what it replaces and nothing has asked: what was never called was never tried. */
import type { Pool } from '../pool/pool';
import { in_short, type Suite } from '../suite';

/** One line, if something of this variant was never called on the pool's threads so far. */
export function never_asked<View>(suite: Suite<View>, variant: string, pool: Pick<Pool, 'called'>): string[] {
  const { calls } = suite.variants.get(variant) ?? {};
  const names = [...(calls?.keys() ?? [])].filter((name) => (pool.called().get(name) ?? 0) === 0);
  return names.length === 0
    ? []
    : [`${variant}: entries that it replaces were never called here: ${told(suite, variant, names)}`];
}

/** Who asks each of these entries, and whether more programs may help. */
export function told<View>(suite: Suite<View>, variant: string, names: readonly string[]): string {
  const { base = null } = suite.variants.get(variant) ?? {};
  const entries = suite.replaceable();
  const lines = names.map((name) => {
    const { asked_by = [] } = entries.get(name) ?? {};
    const by_base = base !== null && asked_by.includes(base);
    return `${name} (${by_base ? `${base} calls it in some programs` : `called by ${in_short(asked_by, suite.variants)}`})`;
  });
  return lines.join('; ');
}
