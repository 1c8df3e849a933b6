/** Regressions on a machine behind a port: what they list for it, and what it does. */
import type { Regression } from '../regression/regression';
import type { Judged } from '../run/ran';
import type { Found } from '../run/session';
import type { Runner } from './runner';

/**
 * Names of regressions, by result. `foreign`: does not apply to this machine. `hold`: lists no violation and shows
 * none. `listed`: violates what it lists. `gone`: does not violate all that it lists. `unlisted`: violates a property
 * although it lists none. A regression whose run is unusable is in none of them.
 */
export type Replays = { readonly [K in 'foreign' | 'hold' | 'listed' | 'gone' | 'unlisted']: string[] };

export const begin_replays = (): Replays => ({ foreign: [], hold: [], listed: [], gone: [], unlisted: [] });

/** Whether the regression applies to this machine. If not, its name is added to `foreign`. */
export function replay_on<R extends Judged>(runner: Runner<R>, { foreign }: Replays, regression: Regression): boolean {
  const applies = runner.applies(regression);
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
