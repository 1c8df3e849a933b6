/** The claims that can be judged on a real kernel. */
import { join } from 'node:path';
import { load_folder } from '../harness/folder';
import type { Breach } from '../harness/property';
import type { Seen } from '../models/live/seen';
import type { Always, Live, SeenCheck } from './claim';
import { CLAIMS } from './suite';

export interface LiveProperty {
  readonly name: string;
  readonly claim: string;
  readonly check: SeenCheck;
}

const of_models = (name: string, { claim, seen }: Always): LiveProperty[] =>
  seen ? [{ name, claim, check: seen }] : [];

const alone = load_folder(join(__dirname, 'live'), (name, { claim, seen }: Live) => ({ name, claim, check: seen }));

export const LIVE_PROPERTIES: ReadonlyMap<string, LiveProperty> = new Map(
  [...[...CLAIMS].flatMap(([name, claim]) => of_models(name, claim)), ...alone.values()].map((one) => [one.name, one]),
);

/** The first breach of a property in what was seen of a program. */
export interface LiveFound {
  readonly property: string;
  readonly step: number;
  readonly breach: Breach;
}

export function judge(seen: readonly Seen[]): LiveFound[] {
  const found: LiveFound[] = [];
  for (const { name, check } of LIVE_PROPERTIES.values()) {
    for (const [step, one] of seen.entries()) {
      const breach = one.skipped === null ? check(one) : null;
      if (!breach) continue;
      found.push({ property: name, step, breach });
      break;
    }
  }
  return found;
}
