/**
 * Whether somebody watches who can be shown a line that is overwritten by the next: a terminal that calls itself dumb does not know
 * what is asked of it there, and who sets NO_COLOR wants none of that (https://no-color.org).
 */
export const is_watched = (isTTY: boolean | undefined, env: Readonly<Record<string, string | undefined>>): boolean =>
  isTTY === true && env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === '';
