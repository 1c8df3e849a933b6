/** Claims, judged on what a real kernel showed. */
import type { Breach } from '../harness/run/property';
import type { Seen } from '../models/live/seen';
import { LIVE_CLAIMS } from './claims';

/** The first breach of a property in what was seen of a program. */
export interface LiveFound {
  readonly property: string;
  readonly step: number;
  readonly breach: Breach;
}

export function judge(seen: readonly Seen[]): LiveFound[] {
  const found: LiveFound[] = [];
  for (const [name, { seen: check }] of LIVE_CLAIMS) {
    for (const [step, one] of seen.entries()) {
      const breach = one.skipped === null ? check(one) : null;
      if (!breach) continue;
      found.push({ property: name, step, breach });
      break;
    }
  }
  return found;
}
