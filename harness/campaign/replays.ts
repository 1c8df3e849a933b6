/** Regressions on a machine behind a port: what they list for it, and what it does. */
import type { Regression } from '../regression/regression';
import type { Judged } from '../run/ran';
import type { Found } from '../run/session';
import type { Runner } from './runner';

/**
 * Names of regressions: not to be run on such a machine, holding, breaking as listed, listed and holding, breaking what
 * is not listed. One of which nothing can be said is in none of them; whoever was looked at, is in `seen`.
 */
export type Replays = { readonly [K in 'seen' | 'foreign' | 'hold' | 'listed' | 'gone' | 'unlisted']: string[] };

export const begin_replays = (): Replays => ({ seen: [], foreign: [], hold: [], listed: [], gone: [], unlisted: [] });

/** Whether a regression is to be run on this machine at all; if not, that is noted. */
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
