import { CallError } from '../errors';

/** Where the hosts of CI say which commit they test. */
const COMMIT = [
  'GITHUB_SHA',
  'CI_COMMIT_SHA',
  'GIT_COMMIT',
  'BUILDKITE_COMMIT',
  'CIRCLE_SHA1',
  'TRAVIS_COMMIT',
  'BITBUCKET_COMMIT',
  'BUILD_SOURCEVERSION',
];

/**
 * The seed of a call that names none. In CI it is the commit, so that running the job again tests the same; elsewhere
 * the clock (milliseconds since 1970), so that every run tests something new. `head` asks git for the commit.
 */
export function default_seed(
  env: Readonly<Record<string, string | undefined>>,
  now: number,
  head: () => string | null,
): string {
  if (!env['CI'] || env['CI'] === 'false' || env['CI'] === '0') return `t${Math.floor(now).toString(36)}`;
  const commit = COMMIT.map((name) => env[name]).find((text) => text) ?? head();
  if (commit) return commit;
  throw new CallError(
    `in CI the seed is the commit, so that a run can be repeated, but there is none: no ${COMMIT[0]} or the like, ` +
      'and no git checkout here; give one: --seed NAME',
  );
}
