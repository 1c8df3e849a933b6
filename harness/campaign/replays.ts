/** Regressions on a machine behind a port: their verdicts, compared with those that they list for it. */
import type { Regression } from '../regression/regression';
import type { Judged } from '../run/ran';
import type { Found } from '../run/session';
import type { Runner } from './runner';

/**
 * Names of regressions. `seen`: looked at. `foreign`: not to be run on such a machine. `hold`: lists no violation and
 * shows none. `listed`: violates all that it lists. `gone`: does not violate all that it lists. `unlisted`: lists no
 * violation and shows one. A regression without a verdict is only in `seen`.
 */
export type Replays = { readonly [K in 'seen' | 'foreign' | 'hold' | 'listed' | 'gone' | 'unlisted']: string[] };

export const begin_replays = (): Replays => ({ seen: [], foreign: [], hold: [], listed: [], gone: [], unlisted: [] });

/** Whether a regression is to be run on this machine. If not, records that. */
export function replay_on<R extends Judged>(
  runner: Runner<R>,
  { seen, foreign }: Replays,
  regression: Regression,
): boolean {
  const applies = runner.applies(regression);
  seen.push(regression.name);
  if (!applies) foreign.push(regression.name);
  return applies;
}

/** Records the result of a regression's program. Returns the violations that the regression lists for this machine. */
export function replayed<R extends Judged>(
  runner: Runner<R>,
  { hold, listed, gone, unlisted }: Replays,
  regression: Regression,
  { found, unusable }: R,
): readonly Found[] {
  if (unusable !== null) return [];
  const properties = runner.listed(regression);
  const as_listed = found.filter(({ property }) => properties.includes(property));
  if (properties.length > as_listed.length) gone.push(regression.name);
  else if (properties.length > 0) listed.push(regression.name);
  else if (found.length === 0) hold.push(regression.name);
  else unlisted.push(regression.name);
  return as_listed;
}
