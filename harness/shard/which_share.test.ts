import { CallError } from '../errors';
import type { Env } from './schedulers';
import { SCHEDULERS } from './schedulers';
import { share_of } from './which_share';

test.each([
  ['1/1', 0, 1],
  ['1/4', 0, 4],
  ['4/4', 3, 4],
  ['10000/10000', 9999, 10000],
])('--shard %s', (text, index, of) => {
  expect(share_of(text, {})).toEqual({ index, of });
});

test.each(['0/4', '5/4', '1/0', '1/10001', '-1/4', '1.5/4', '1', '', '1/4/2', 'a/b', ' 1/4'])(
  '--shard "%s" is refused in a line that says what is right',
  (text) => {
    expect(() => share_of(text, {})).toThrow(new RegExp(`^--shard ${text} is no shard: wanted I/N`));
    expect(() => share_of(text, {})).toThrow(CallError);
  },
);

const KUBERNETES = { JOB_COMPLETION_INDEX: '3', SHARD_TOTAL: '4' };
const ARRAY = { SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '1' };

test.each<[string, Env, number, number]>([
  ['GitLab', { CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' }, 0, 4],
  ['GitLab', { CI_NODE_INDEX: '4', CI_NODE_TOTAL: '4' }, 3, 4],
  ['CircleCI', { CIRCLE_NODE_INDEX: '0', CIRCLE_NODE_TOTAL: '2' }, 0, 2],
  ['Buildkite', { BUILDKITE_PARALLEL_JOB: '6', BUILDKITE_PARALLEL_JOB_COUNT: '7' }, 6, 7],
  ['Kubernetes', KUBERNETES, 3, 4],
  ['GNU parallel', { PARALLEL_SEQ: '1', PARALLEL_JOBSLOT: '2', SHARD_TOTAL: '16' }, 0, 16],
  ['Slurm', { ...ARRAY, SLURM_ARRAY_TASK_ID: '1' }, 0, 4],
  ['Slurm', { ...ARRAY, SLURM_ARRAY_TASK_ID: '4' }, 3, 4],
  ['Slurm', { ...ARRAY, SLURM_ARRAY_TASK_ID: '7', SLURM_ARRAY_TASK_STEP: '2' }, 3, 4],
])('--shard auto: %s says %j', (name, env, index, of) => {
  expect(SCHEDULERS.map((one) => one.name)).toContain(name);
  expect(share_of('auto', env)).toEqual({ index, of });
});

test.each<[Env, RegExp]>([
  [{}, /^--shard auto: no scheduler says which shard this is; known: GitLab \(CI_NODE_INDEX\), /],
  [{ CI_NODE_INDEX: '' }, /^--shard auto: no scheduler says /],
  [{ CI_NODE_INDEX: '1' }, /GitLab says CI_NODE_INDEX=1 CI_NODE_TOTAL=, and CI_NODE_TOTAL is missing/],
  [{ JOB_COMPLETION_INDEX: '0' }, /Kubernetes says .* SHARD_TOTAL is missing/],
  [{ SLURM_ARRAY_TASK_ID: '1', SLURM_ARRAY_TASK_COUNT: '4' }, /Slurm says .*, and SLURM_ARRAY_TASK_MIN is missing$/],
  [
    {
      SLURM_ARRAY_TASK_ID: '1',
      SLURM_ARRAY_TASK_COUNT: '4',
      SLURM_ARRAY_TASK_MIN: '1',
      SLURM_ARRAY_TASK_STEP: '0',
    },
    /Slurm says .*: that is no shard of 1 to/,
  ],
  [{ PARALLEL_SEQ: '1' }, /GNU parallel says .* SHARD_TOTAL is missing/],
  [{ CI_NODE_INDEX: '0', CI_NODE_TOTAL: '4' }, /GitLab says CI_NODE_INDEX=0 CI_NODE_TOTAL=4: that is no shard of /],
  [{ CI_NODE_INDEX: '5', CI_NODE_TOTAL: '4' }, /that is no shard of 1 to 10000$/],
  [{ CI_NODE_INDEX: 'x', CI_NODE_TOTAL: '4' }, /that is no shard of /],
  [{ JOB_COMPLETION_INDEX: '4', SHARD_TOTAL: '4' }, /that is no shard of /],
  // A list of numbers that are not at equal distances.
  [{ ...ARRAY, SLURM_ARRAY_TASK_ID: '9' }, /Slurm says .*: that is no shard of /],
  [{ ...ARRAY, SLURM_ARRAY_TASK_ID: '2', SLURM_ARRAY_TASK_STEP: '2' }, /Slurm says .*: that is no shard of /],
  [
    { ...KUBERNETES, CI_NODE_INDEX: '1', CI_NODE_TOTAL: '4' },
    /GitLab \(CI_NODE_INDEX=1\) and Kubernetes \(JOB_COMPLETION_INDEX=3\) both say which shard this is/,
  ],
])('--shard auto is refused where the environment is %j', (env, message) => {
  expect(() => share_of('auto', env)).toThrow(message);
  expect(() => share_of('auto', env)).toThrow(CallError);
});

test('each scheduler has its own variable', () => {
  expect(new Set(SCHEDULERS.map(({ index }) => index)).size).toBe(SCHEDULERS.length);
  for (const { index, variables, needs } of SCHEDULERS)
    for (const one of [index, ...needs]) expect(variables).toContain(one);
});
